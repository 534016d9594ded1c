import type { BreakerEvents } from '../cache/Breaker.js'

/** Whether a server answered when it was last needed. */
export class Availability implements BreakerEvents {
  #reason: string | undefined

  get isUp(): boolean {
    return this.#reason === undefined
  }

  /** Why the server is lost; undefined if it isn't. */
  get reason(): string | undefined {
    return this.#reason
  }

  onLost(error: unknown): void {
    this.#reason = error instanceof Error ? error.message : String(error)
  }

  onRegained(): void {
    this.#reason = undefined
  }
}
