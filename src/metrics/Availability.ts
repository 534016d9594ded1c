import type { BreakerEvents } from '../cache/index.js'
import type { Logger } from '../process/log.js'
import { reasonOf } from '../reasonOf.js'

/** Whether a server (or each of several servers) answered when it was last needed. Logs each loss and each return once. */
export class Availability implements BreakerEvents {
  readonly #what: string
  readonly #log: Logger
  #lost = 0
  #reason: string | undefined

  /** @param what as the log calls it */
  constructor(what: string, log: Logger) {
    this.#what = what
    this.#log = log
  }

  get isUp(): boolean {
    return this.#reason === undefined
  }

  /** Why the server is lost; undefined if it isn't. */
  get reason(): string | undefined {
    return this.#reason
  }

  onLost(error: unknown, server?: string): void {
    this.#lost++
    this.#reason = reasonOf(error)
    this.#log.warn({ server, reason: this.#reason }, `${this.#what} is lost`)
  }

  onRegained(awayMs: number, server?: string): void {
    this.#lost--
    if (this.#lost === 0) this.#reason = undefined
    this.#log.info({ server, awayMs: Math.round(awayMs) }, `${this.#what} is back`)
  }
}
