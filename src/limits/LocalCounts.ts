import type { ClientRateLimitInfo } from 'express-rate-limit'

interface Window {
  readonly count: number
  readonly endsAtMs: number
}

/**
 * Counts the requests of each address in this process, in a time window that begins with the first one. It returns the
 * count at once. express-rate-limit's own MemoryStore returns a promise of a shared object. Requests in the same tick
 * increase it before it is read, so that too many of them seem to be over the limit.
 */
export class LocalCounts {
  readonly #windowMs: number
  /** In the order in which they begin and end. */
  readonly #windows = new Map<string, Window>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  count(address: string): ClientRateLimitInfo {
    const nowMs = performance.now()
    this.#forgetEnded(nowMs)
    const before = this.#windows.get(address) ?? { count: 0, endsAtMs: nowMs + this.#windowMs }
    const window = { ...before, count: before.count + 1 }
    this.#windows.set(address, window)
    return { totalHits: window.count, resetTime: new Date(Date.now() + window.endsAtMs - nowMs) }
  }

  #forgetEnded(nowMs: number): void {
    for (const [address, { endsAtMs }] of this.#windows) {
      if (endsAtMs > nowMs) return
      this.#windows.delete(address)
    }
  }
}
