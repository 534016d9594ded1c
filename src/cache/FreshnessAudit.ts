import { setTimeout as delay } from 'node:timers/promises'
import { checkStamp, type Versioned, type Versions } from './Source.js'

/** A read that returned an older version than the source had had before, or a value of another source. */
export interface StaleRead {
  readonly key: string
  readonly shown: Versioned
  /** The source's version before the read. */
  readonly known: Versioned
}

interface FreshnessAuditOptions {
  /** One read in this many is followed by an audit. 0: never. */
  readonly oneIn: number
  /** After this time, a change that the source shows has been answered, or never will be. */
  readonly answeredWithinMs: number
  /** Asks the source itself. The cache learns nothing from the answer. */
  readonly versions: (keys: readonly string[]) => Promise<Versions>
  /** Reads as any visitor does. */
  readonly read: (key: string) => Promise<{ readonly value: Versioned; readonly current: boolean }>
  readonly onStale: (read: StaleRead) => void
}

/**
 * Checks in production that the promise holds. It asks the source for its version, waits until the write that made this
 * version must have been answered, and then reads as any visitor does. It waits because an older value breaks the
 * promise only after that answer. Runs in the background, one at a time.
 */
export class FreshnessAudit {
  audits = 0
  /** Must stay 0. */
  staleReads = 0
  readonly #options: FreshnessAuditOptions
  readonly #stopped = new AbortController()
  #readsUntilNext: number
  #running = false

  constructor(options: FreshnessAuditOptions) {
    this.#options = options
    this.#readsUntilNext = options.oneIn
  }

  /** Counts a read, and starts an audit if it is time for one. */
  countRead(key: string): void {
    if (this.#options.oneIn === 0) return
    this.#readsUntilNext--
    if (this.#readsUntilNext > 0 || this.#running) return
    this.#readsUntilNext = this.#options.oneIn
    this.#running = true
    this.#audit(key)
      // If the source can't be asked, there is nothing to compare with. `sourceEvents` reports that.
      .catch(() => {})
      .finally(() => {
        this.#running = false
      })
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #audit(key: string): Promise<void> {
    const known = await this.#version(key)
    await delay(this.#options.answeredWithinMs, undefined, { ref: false, signal: this.#stopped.signal })
    const { value, current } = await this.#options.read(key)
    if (!current) return // not marked as current, so it need not be fresh
    this.audits++
    if (follows(value, known)) return
    // If the source itself went back (a restored backup) or was replaced, the read was not stale.
    if (!follows(await this.#version(key), known)) return
    this.staleReads++
    const { version, origin } = value // the value itself may be large
    this.#options.onStale({ key, shown: { version, origin }, known })
  }

  async #version(key: string): Promise<Versioned> {
    const { origin, versions } = await this.#options.versions([key])
    return checkStamp(key, { version: versions.get(key), origin })
  }
}

function follows(later: Versioned, earlier: Versioned): boolean {
  return later.origin === earlier.origin && later.version >= earlier.version
}
