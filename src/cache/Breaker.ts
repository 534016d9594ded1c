/** Called when a server is lost and regained. A memcache server is given as `host:port`, the source has no name. */
export interface BreakerEvents {
  onLost(error: unknown, server?: string): void
  onRegained(awayMs: number, server?: string): void
}

const WARNINGS: BreakerEvents = {
  onLost: (error, server = 'the source') => process.emitWarning(`${server} is lost: ${error}`),
  onRegained: () => {},
}

const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 500

/**
 * A circuit breaker. While it is open, a server is known to be down, and nobody waits for it. One background
 * probe at a time finds out when it works again: at once, then less and less often, but at least twice a second.
 */
export class Breaker {
  readonly #events: BreakerEvents
  readonly #server: string | undefined
  #openSinceMs: number | undefined
  #reason: unknown
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(events = WARNINGS, server?: string) {
    this.#events = events
    this.#server = server
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
    this.#probeAfter(0, probe) // first, in case the listener throws
    this.#events.onLost(error, this.#server)
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
    this.#events.onRegained(awayMs, this.#server)
  }
}
