import type { ClientRateLimitInfo } from 'express-rate-limit'

interface Window {
  readonly count: number
  readonly endsAtMs: number
}

/**
 * How often each address was counted here, in a window of time that begins with its first. The count is told at
 * once: express-rate-limit's own store answers through a promise, with an object of its own that others have counted
 * on by the time it is read, so that of many requests that come together too many seem to be over the limit.
 */
export class LocalCounts {
  readonly #windowMs: number
  /** In the order in which they began, and so end. */
  readonly #windows = new Map<string, Window>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Counts one more. */
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
