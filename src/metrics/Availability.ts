import type { BreakerEvents } from '../cache/index.js'

/** Whether a server, or every one of several, answered when it was last needed. */
export class Availability implements BreakerEvents {
  #lost = 0
  #reason: string | undefined

  get isUp(): boolean {
    return this.#reason === undefined
  }

  /** Why the server is lost; undefined if it isn't. */
  get reason(): string | undefined {
    return this.#reason
  }

  onLost(error: unknown): void {
    this.#lost++
    this.#reason = error instanceof Error ? error.message : String(error)
  }

  onRegained(): void {
    this.#lost--
    if (this.#lost === 0) this.#reason = undefined
  }
}
