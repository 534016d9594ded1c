import type { Entry } from '../../test/prove/history.js'
import { StaleChecker, type StalePage } from '../check/StaleChecker.js'
import type { RunningWay } from '../servers/RunningWay.js'
import { type Behaviour, Visitors } from '../visitors/Visitors.js'

/** A way with its visitors and the checker of what they see. */
export class Contender {
  readonly running: RunningWay
  readonly visitors: Visitors
  readonly #checker = new StaleChecker()
  #entries: Entry[] = []

  constructor(running: RunningWay, behaviour: Readonly<Behaviour>) {
    this.running = running
    this.visitors = new Visitors(running, behaviour, (entry) => {
      this.#entries.push(entry)
      this.#checker.note(entry)
    })
  }

  /** The requests since the last call, and which of the pages were stale. */
  take(): { readonly entries: readonly Entry[]; readonly stale: readonly StalePage[] } {
    const entries = this.#entries
    this.#entries = []
    return { entries, stale: this.#checker.check() }
  }
}
