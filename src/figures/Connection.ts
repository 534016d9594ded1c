import type { BreakerEvents } from '../cache/Breaker.js'

/** Whether a server could be reached when it was last needed. */
export class Connection implements BreakerEvents {
  #lostAtMs: number | undefined
  #reason: string | undefined

  get isUp(): boolean {
    return this.#lostAtMs === undefined
  }

  /** How long it has been away; undefined where it is not. */
  get awayMs(): number | undefined {
    return this.#lostAtMs === undefined ? undefined : performance.now() - this.#lostAtMs
  }

  /** What it was lost with; undefined where it is not. */
  get reason(): string | undefined {
    return this.#reason
  }

  onLost(error: unknown): void {
    this.#lostAtMs = performance.now()
    this.#reason = error instanceof Error ? error.message : String(error)
  }

  onRegained(): void {
    this.#lostAtMs = undefined
    this.#reason = undefined
  }
}
