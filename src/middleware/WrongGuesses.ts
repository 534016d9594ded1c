/** Bounds memory. The oldest address is forgotten first. */
const MAX_ADDRESSES = 10_000

interface Count {
  wrong: number
  readonly endsAtMs: number
}

/**
 * Counts wrong passwords by client address, in a time window that begins with the first. It is synchronous, so guesses
 * at the same time are counted one by one.
 */
export class WrongGuesses {
  readonly #counts = new Map<string, Count>()
  readonly #max: number
  readonly #windowMs: number

  constructor({ max, windowMs }: { readonly max: number; readonly windowMs: number }) {
    this.#max = max
    this.#windowMs = windowMs
  }

  /** @returns how long this address must wait before it may guess again; 0 if it may now */
  waitMs(address: string): number {
    const count = this.#counts.get(address)
    return count && count.wrong >= this.#max ? Math.max(0, count.endsAtMs - performance.now()) : 0
  }

  note(address: string): void {
    const count = this.#counts.get(address)
    if (count && count.endsAtMs > performance.now()) count.wrong++
    else this.#begin(address)
  }

  #begin(address: string): void {
    this.#counts.delete(address) // so that it moves to the end, and the first is always the oldest
    this.#counts.set(address, { wrong: 1, endsAtMs: performance.now() + this.#windowMs })
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > MAX_ADDRESSES && oldest !== undefined) this.#counts.delete(oldest)
  }
}
