import { type Entry, type Item, loadsOf, type Violation, writesOf } from '../history.js'
import { countBelow } from './countBelow.js'

/** Every item that anybody ever saw, in the order of the queue: ids are given out in the order of the adds. */
export class SeenItems {
  readonly #ids: readonly number[]
  readonly #textOf: ReadonlyMap<number, string>

  constructor(textOf: ReadonlyMap<number, string>) {
    this.#textOf = textOf
    this.#ids = [...textOf.keys()].sort((a, b) => a - b)
  }

  at(index: number): Item | undefined {
    const id = this.#ids[index]
    return id === undefined ? undefined : { id, text: this.#textOf.get(id) ?? '' }
  }

  /** The place of the first item after an id. */
  firstBehind(id: number): number {
    return countBelow(id + 1, this.#ids)
  }

  /** The place of an item, which must have been seen. */
  placeOf(id: number): number {
    return this.firstBehind(id) - 1
  }
}

/** Collects the items. Finds texts that nobody sent, that appear twice, or that changed. */
export function collectItems(history: readonly Entry[]): { items: SeenItems; violations: Violation[] } {
  const textOf = new Map<number, string>()
  const idOf = new Map<string, number>()
  const sent = new Set(history.flatMap((entry) => (entry.kind === 'add' ? [entry.text] : [])))
  const violations: Violation[] = []

  function meet({ id, text }: Item, phase: string): void {
    if (textOf.get(id) === text) return
    const find = (message: string) => violations.push({ column: 'lost', phase, message })
    const firstId = idOf.get(text)
    if (!sent.has(text)) find(`item ${id}, "${text}", was never sent by anybody`)
    else if (textOf.has(id)) find(`item ${id} was "${textOf.get(id)}" and became "${text}"`)
    else if (firstId !== undefined) find(`"${text}" is in the queue twice: items ${firstId} and ${id}`)
    textOf.set(id, text)
    idOf.set(text, id)
  }

  const met = new Set<object>()
  for (const { answer, phase } of loadsOf(history)) {
    if (met.has(answer.page)) continue // the same page was answered many times
    met.add(answer.page)
    for (const item of answer.page.items) meet(item, phase)
  }
  for (const write of writesOf(history)) {
    if (write.answer.item) meet(write.answer.item, write.phase)
    if (write.kind === 'add' && write.answer.item?.text !== write.text) {
      const message = `"${write.text}" was sent and "${write.answer.item?.text}" was added`
      violations.push({ column: 'lost', phase: write.phase, message })
    }
  }
  return { items: new SeenItems(textOf), violations }
}
