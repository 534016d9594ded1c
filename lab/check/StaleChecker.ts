import { findStaleLoads } from '../../test/prove/check/fresh.js'
import {
  type Add,
  type Answered,
  type Entry,
  isAnswered,
  type Load,
  type Remove,
} from '../../test/prove/history.js'

/** How many writes are kept. A page that is older than all of them is reported as younger than it is. */
const KEPT_WRITES = 2_000

export interface StalePage {
  readonly load: Answered<Load>
  /** The newest write that was answered before the load began and is not shown. */
  readonly write: Answered<Add | Remove>
  /** How long before the load the oldest missed write was answered. */
  readonly ageMs: number
}

/** Finds the stale pages of one way while its visitors continue, by the same definition as `npm run prove`. */
export class StaleChecker {
  readonly #writes: Answered<Add | Remove>[] = []
  #unchecked: Load[] = []

  /** Takes a request that has ended. */
  note(entry: Entry): void {
    if (entry.kind === 'load') this.#unchecked.push(entry)
    else if (isAnswered(entry)) this.#writes.push(entry)
  }

  /** @returns the stale pages among the loads that were noted since it was last called */
  check(): StalePage[] {
    // A write that was answered before a load began was noted before that load ended, so no write is missing here.
    const found = findStaleLoads([...this.#writes, ...this.#unchecked])
    const pages = found.map((stale) => ({ ...stale, ageMs: this.#ageMs(stale.load) }))
    this.#unchecked = []
    this.#writes.splice(0, this.#writes.length - KEPT_WRITES)
    return pages
  }

  #ageMs({ answer, startedAtMs }: Answered<Load>): number {
    const missed = this.#writes.filter((write) => write.answer.version > answer.page.version)
    return startedAtMs - Math.min(...missed.map(({ endedAtMs }) => endedAtMs))
  }
}
