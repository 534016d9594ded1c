import { setTimeout as delay } from 'node:timers/promises'
import type { Versioned } from './CachedValue.js'

/** A page older than the source had said before, or one of another source. */
export interface StalePage {
  readonly shown: Versioned
  /** What the source had said before the page was taken. */
  readonly known: Versioned
}

interface FreshnessAuditOptions {
  /** One read in so many is followed by an audit; 0 is never. */
  readonly oneIn: number
  /** By then a change that the source shows has been answered, or never will be. */
  readonly answeredWithinMs: number
  /** Asks the source itself, past all that the cache has learned of it. */
  readonly version: () => Promise<Versioned>
  /** Reads as any visitor does; undefined where what was read doesn't claim to be current. */
  readonly read: () => Promise<Versioned | undefined>
  readonly onStale: (page: StalePage) => void
}

/**
 * Checks in production that the promise holds: asks the source for its version, and then reads the way everybody
 * does. It waits in between until the write that made this version must have been answered, because only from then
 * on is an older page a broken promise. In the background, one at a time.
 */
export class FreshnessAudit {
  readonly #options: FreshnessAuditOptions
  readonly #stopped = new AbortController()
  #readsUntilNext: number
  #running = false
  #audits = 0
  #stalePages = 0

  constructor(options: FreshnessAuditOptions) {
    this.#options = options
    this.#readsUntilNext = options.oneIn
  }

  get audits(): number {
    return this.#audits
  }

  /** Must stay 0. */
  get stalePages(): number {
    return this.#stalePages
  }

  /** Counts a read, and starts an audit if it is time for one. */
  countRead(): void {
    if (this.#options.oneIn === 0) return
    this.#readsUntilNext--
    if (this.#readsUntilNext > 0 || this.#running) return
    this.#readsUntilNext = this.#options.oneIn
    this.#running = true
    this.#audit()
      // Where the source can't be asked there is nothing to compare with; its owner hears of that elsewhere.
      .catch(() => {})
      .finally(() => {
        this.#running = false
      })
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #audit(): Promise<void> {
    const known = stampOf(await this.#options.version())
    await delay(this.#options.answeredWithinMs, undefined, { ref: false, signal: this.#stopped.signal })
    const value = await this.#options.read()
    if (value === undefined) return
    const shown = stampOf(value)
    this.#audits++
    if (follows(shown, known)) return
    // A source that has gone back itself (a restored backup), or is another one now, makes no page stale.
    if (!follows(await this.#options.version(), known)) return
    this.#stalePages++
    this.#options.onStale({ shown, known })
  }
}

/** Of a value, which may be large, what is to be logged. */
function stampOf({ version, origin }: Versioned): Versioned {
  return { version, origin }
}

function follows(later: Versioned, earlier: Versioned): boolean {
  return later.origin === earlier.origin && later.version >= earlier.version
}
