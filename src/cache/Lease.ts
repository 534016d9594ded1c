/**
 * The right to serve one key from the cache. It is valid while the last version check was sent less than `leaseMs` ago.
 * This is the lease of Gray and Cheriton (1989), a right that ends by itself. For memcache the word often means
 * Facebook's fill token.
 */
export class Lease {
  readonly #leaseMs: number
  #sentAtMs = Number.NEGATIVE_INFINITY
  /** By the wall clock: on Linux the monotonic clock stops while the machine is suspended. */
  #endsAtWallMs = Number.NEGATIVE_INFINITY

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  /** Whether a read that began at this moment may trust the cache. */
  isValidAt(momentMs: number): boolean {
    return this.#sentAtMs > momentMs - this.#leaseMs && Date.now() < this.#endsAtWallMs
  }

  /** Call it when the source has answered a query about this key that was sent at this moment. */
  extend(sentAtMs: number): void {
    if (sentAtMs <= this.#sentAtMs) return
    this.#sentAtMs = sentAtMs
    this.#endsAtWallMs = Date.now() - (performance.now() - sentAtMs) + this.#leaseMs
  }
}
