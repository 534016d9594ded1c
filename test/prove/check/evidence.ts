import { type Add, type Answered, type Entry, type Load, loadsOf, type Remove, writesOf } from '../history.js'
import { describe } from './describe.js'
import type { SeenItems } from './items.js'

/**
 * What one answer says of the queue at one version. First in, first out: the queue is always one stretch of all
 * the items there ever were, from `head` (included) to `tail` (not included), as places among the seen items.
 */
export interface Evidence {
  readonly version: number
  /** Undefined if the answer doesn't say it. */
  readonly head: number | undefined
  readonly tail: number | undefined
  /** For an answered write: the queue right before it. */
  readonly headBefore?: number
  readonly tailBefore?: number
  readonly entry: Answered<Entry>
  /** Whether the queue was empty, wherever it began. */
  readonly isEmpty?: boolean
  /** Contradictions within the answer. */
  readonly nonsense?: string
}

/** All that the answers say, by version; of answers that say the same only the first. */
export function collectEvidence(history: readonly Entry[], items: SeenItems): Evidence[] {
  const pages = new Set<object>()
  const loads = loadsOf(history).filter(({ answer: { page } }) => !pages.has(page) && pages.add(page))
  const all = [
    ...loads.map((load) => evidenceOfLoad(load, items)),
    ...writesOf(history).map((write) => evidenceOfWrite(write, items)),
  ]
  return all.sort((a, b) => a.version - b.version || rank(a) - rank(b))
}

/** Of the same version, a write comes first, because only it knows the queue before. Then the most complete answer. */
function rank({ entry, head, isEmpty }: Evidence): number {
  if (entry.kind !== 'load' && entry.answer.item) return 0
  return head !== undefined || isEmpty ? 1 : 2
}

function evidenceOfWrite(write: Answered<Add | Remove>, items: SeenItems): Evidence {
  const { version, length, item } = write.answer
  if (!item) return { version, entry: write, ...emptiness(length) }
  const place = items.placeOf(item.id)
  if (write.kind === 'add') {
    return { version, entry: write, head: place + 1 - length, tail: place + 1, tailBefore: place }
  }
  return { version, entry: write, head: place + 1, tail: place + 1 + length, headBefore: place }
}

function evidenceOfLoad(load: Answered<Load>, items: SeenItems): Evidence {
  const { version, length, items: shown, next } = load.answer.page
  const [first] = shown
  if (!first) {
    const said = load.after === 0 ? emptiness(length) : { head: undefined, tail: undefined }
    return { version, entry: load, ...said }
  }
  const place = items.placeOf(first.id)
  const end = place + shown.length
  const missing = shown.findIndex(({ id }, index) => items.at(place + index)?.id !== id)
  const nonsense = missing < 0 ? nonsenseOf(load) : skipped(items.at(place + missing)?.id)
  // A later page begins behind an id. Unless that item is gone with some that followed it, the page tells where
  // the queue begins only by its length and its end.
  const beginsHere = load.after === 0 || items.firstBehind(load.after) < place
  const head = beginsHere ? place : next === null ? end - length : undefined
  const tail = next === null ? end : beginsHere ? place + length : undefined
  return { version, entry: load, head, tail, ...nonsense }
}

function nonsenseOf(load: Answered<Load>): { nonsense?: string } {
  const { length, items, next } = load.answer.page
  const last = items.at(-1)?.id
  if (next !== null && next !== `/?after=${last}`)
    return { nonsense: `the next page is ${next} behind item ${last}` }
  if (load.after > 0) return {}
  const isWhole = next === null
  if (isWhole === (items.length === length)) return {}
  return { nonsense: `it shows ${items.length} of ${length} items and ${isWhole ? 'no' : 'a'} next page` }
}

function skipped(id: number | undefined): { nonsense: string } {
  return { nonsense: `item ${id} is missing between its neighbours` }
}

function emptiness(length: number): Pick<Evidence, 'head' | 'tail' | 'isEmpty' | 'nonsense'> {
  const unknown = { head: undefined, tail: undefined }
  return length === 0
    ? { ...unknown, isEmpty: true }
    : { ...unknown, nonsense: `nothing is shown of ${length} items` }
}

export function sayEvidence({ entry, head, tail }: Evidence, items: SeenItems): string {
  const stretch = `from item ${items.at(head ?? -1)?.id ?? '?'} to before item ${items.at(tail ?? -1)?.id ?? '?'}`
  return `${describe(entry)}, ${stretch}`
}
