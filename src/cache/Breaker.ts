export interface BreakerEvents {
  /** Said once when it opens. */
  onLost(error: unknown): void
  /** Said once when it closes again. */
  onRegained(awayMs: number): void
}

interface BreakerOptions extends BreakerEvents {
  /** Resolves if the thing works again. Must end by itself. */
  readonly probe: () => Promise<void>
}

const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 500

/**
 * A circuit breaker: while it is open, something is known to be down and nobody waits for it in vain. One background
 * probe at a time finds out when it works again: at once, then less and less often, twice a second at least.
 */
export class Breaker {
  readonly #options: BreakerOptions
  #openSinceMs: number | undefined
  #reason: unknown
  #retryMs = 0
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#openSinceMs !== undefined
  }

  /** What opened it last. */
  get reason(): unknown {
    return this.#reason
  }

  /** Opens it. The probe that it starts is the only one, however often this is called. */
  trip(error: unknown): void {
    if (this.isOpen || this.#stopped) return
    this.#openSinceMs = performance.now()
    this.#reason = error
    this.#retryMs = FIRST_RETRY_MS
    this.#options.onLost(error)
    this.#probeAfter(0)
  }

  /** Ends the probing for good. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #probeAfter(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.#probe(), delayMs)
    this.#timer.unref()
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe()
    } catch {
      // The reason was told when it opened.
      this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
      this.#probeAfter(this.#retryMs)
      return
    }
    if (this.#openSinceMs === undefined || this.#stopped) return
    const awayMs = performance.now() - this.#openSinceMs
    this.#openSinceMs = undefined
    this.#options.onRegained(awayMs)
  }
}
