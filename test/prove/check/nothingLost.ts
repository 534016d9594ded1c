import type { Entry, Violation } from '../history.js'
import { countBelow } from './countBelow.js'
import { collectEvidence, type Evidence, sayEvidence } from './evidence.js'
import { collectItems, type SeenItems } from './items.js'

/**
 * Nothing lost, nothing twice, first in first out: in the order of versions the answered writes explain every
 * answer, where each write without an answer may stand in for at most one change that nobody answered for.
 */
export function lostOrTwice(history: readonly Entry[]): Violation[] {
  const { items, violations } = collectItems(history)
  const replay = new Replay(history, items)
  for (const evidence of collectEvidence(history, items)) {
    for (const message of replay.contradictionsOf(evidence)) {
      violations.push({ column: 'lost', phase: evidence.entry.phase, message })
    }
  }
  return violations
}

/** The queue, version by version, as far as the answers show it. */
class Replay {
  readonly #items: SeenItems
  readonly #unanswered: Unanswered
  #head = 0
  #tail = 0
  #removesUnexplained = 0
  #last: Evidence | undefined

  constructor(history: readonly Entry[], items: SeenItems) {
    this.#items = items
    this.#unanswered = new Unanswered(history)
  }

  contradictionsOf(told: Evidence): string[] {
    // If the queue is empty, all earlier items are gone.
    const evidence = told.isEmpty ? { ...told, head: this.#tail, tail: this.#tail } : told
    const faults = [evidence.nonsense, this.#headFault(evidence), this.#tailFault(evidence)]
    const said = faults
      .filter((fault) => fault !== undefined)
      .map((fault) => {
        const before = this.#last ? ` after ${sayEvidence(this.#last, this.#items)}` : ''
        return `${fault}: ${sayEvidence(evidence, this.#items)}${before}`
      })
    this.#head = evidence.head ?? this.#head
    this.#tail = evidence.tail ?? this.#tail
    this.#last = evidence
    return said
  }

  #headFault({ version, entry, head, headBefore }: Evidence): string | undefined {
    if (head === undefined) return undefined
    if (version === this.#last?.version && this.#last.head !== undefined) {
      return head === this.#head ? undefined : 'the same version begins elsewhere'
    }
    const reached = headBefore ?? head
    if (reached < this.#head) return 'an item came back, or was taken twice'
    this.#removesUnexplained += reached - this.#head
    if (this.#removesUnexplained <= this.#unanswered.removesBefore(entry.endedAtMs)) return undefined
    this.#removesUnexplained = 0
    return 'items are gone, or were taken out of order, that no remove took'
  }

  #tailFault({ version, tail, tailBefore }: Evidence): string | undefined {
    if (tail === undefined) return undefined
    if (version === this.#last?.version && this.#last.tail !== undefined) {
      return tail === this.#tail ? undefined : 'the same version ends elsewhere'
    }
    const reached = tailBefore ?? tail
    if (reached < this.#tail) return 'items at the end are gone, or came in the wrong order'
    for (let place = this.#tail; place < reached; place++) {
      const item = this.#items.at(place)
      if (!item) return 'the length counts items that nobody ever saw'
      if (!this.#unanswered.mayHaveAdded(item.text)) return `item ${item.id} is there before its own version`
    }
    return undefined
  }
}

/** The writes without an answer, each of which may have happened once. */
class Unanswered {
  readonly #adds: ReadonlySet<string>
  readonly #removeStartsMs: readonly number[]

  constructor(history: readonly Entry[]) {
    const unanswered = history.filter(({ answer }) => answer === undefined)
    this.#adds = new Set(unanswered.flatMap((entry) => (entry.kind === 'add' ? [entry.text] : [])))
    const removes = unanswered.filter(({ kind }) => kind === 'remove')
    this.#removeStartsMs = removes.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b)
  }

  mayHaveAdded(text: string): boolean {
    return this.#adds.has(text)
  }

  /** How many removes had been sent by then. */
  removesBefore(momentMs: number): number {
    return countBelow(momentMs, this.#removeStartsMs)
  }
}
