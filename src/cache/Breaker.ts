export interface BreakerEvents {
  /** Called once when it opens. */
  onLost(error: unknown): void
  /** Called once when it closes again. */
  onRegained(awayMs: number): void
}

const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 500

/**
 * A circuit breaker. While it is open, a server is known to be down, and nobody waits for it. One background
 * probe at a time finds out when it works again: at once, then less and less often, but at least twice a second.
 */
export class Breaker {
  readonly #events: BreakerEvents
  #openSinceMs: number | undefined
  #reason: unknown
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(events: BreakerEvents) {
    this.#events = events
  }

  get isOpen(): boolean {
    return this.#openSinceMs !== undefined
  }

  /** The error that opened it last. */
  get reason(): unknown {
    return this.#reason
  }

  /**
   * Opens it, unless it is open.
   * @param probe resolves if the server works again; needs a deadline of its own
   */
  trip(error: unknown, probe: () => Promise<unknown>): void {
    if (this.isOpen || this.#stopped) return
    this.#openSinceMs = performance.now()
    this.#reason = error
    this.#events.onLost(error)
    this.#probeAfter(0, probe)
  }

  /** Ends the probing for good. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #probeAfter(delayMs: number, probe: () => Promise<unknown>): void {
    this.#timer = setTimeout(() => void this.#probe(delayMs, probe), delayMs).unref()
  }

  async #probe(delayMs: number, probe: () => Promise<unknown>): Promise<void> {
    // The reason was reported when it opened.
    const works = await probe().then(
      () => true,
      () => false,
    )
    if (this.#stopped || this.#openSinceMs === undefined) return
    if (!works) {
      this.#probeAfter(Math.min(Math.max(2 * delayMs, MIN_RETRY_MS), MAX_RETRY_MS), probe)
      return
    }
    const awayMs = performance.now() - this.#openSinceMs
    this.#openSinceMs = undefined
    this.#events.onRegained(awayMs)
  }
}
