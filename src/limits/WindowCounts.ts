interface Window {
  count: number
  readonly endsAtMs: number
}

/** Bounds memory. The address whose window began first is forgotten first. */
const MAX_ADDRESSES = 10_000

/**
 * Counts something by client address in this process, in a time window that begins with the first event. It is
 * synchronous, so events at the same time are counted one by one. express-rate-limit's own MemoryStore returns a promise
 * of a shared object. Requests in the same tick increase it before it is read, so too many seem to be over the limit.
 */
export class WindowCounts {
  readonly #windowMs: number
  /** In the order in which they begin and end. */
  readonly #windows = new Map<string, Window>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** The count of an address, and how long its window still lasts. */
  of(address: string) {
    const nowMs = performance.now()
    this.#forgetEnded(nowMs)
    const { count, endsAtMs } = this.#windows.get(address) ?? { count: 0, endsAtMs: nowMs }
    return { count, leftMs: endsAtMs - nowMs }
  }

  /** Counts one more. @returns the same as `of` */
  add(address: string) {
    const nowMs = performance.now()
    this.#forgetEnded(nowMs)
    const window = this.#windows.get(address) ?? { count: 0, endsAtMs: nowMs + this.#windowMs }
    window.count++
    this.#windows.set(address, window)
    const [oldest] = this.#windows.keys()
    if (this.#windows.size > MAX_ADDRESSES && oldest !== undefined) this.#windows.delete(oldest)
    return { count: window.count, leftMs: window.endsAtMs - nowMs }
  }

  #forgetEnded(nowMs: number): void {
    for (const [address, { endsAtMs }] of this.#windows) {
      if (endsAtMs > nowMs) return
      this.#windows.delete(address)
    }
  }
}
