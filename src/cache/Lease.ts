/**
 * The right to serve one key from the cache: held while its last version check was sent less than `leaseMs` ago. A
 * lease as Gray and Cheriton (1989) have it: a promise that ends by itself; in memcache circles the word also means
 * Facebook's fill token.
 */
export class Lease {
  readonly #leaseMs: number
  #sentAtMs = Number.NEGATIVE_INFINITY
  /** By the clock on the wall: on Linux the monotonic one stands still while the machine is suspended. */
  #endsAtWallMs = Number.NEGATIVE_INFINITY

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  /** Whether a read that came in at this moment may trust the cache. */
  isValidAt(momentMs: number): boolean {
    return this.#sentAtMs > momentMs - this.#leaseMs && Date.now() < this.#endsAtWallMs
  }

  /** The source answered a question about this key that was sent at this moment. */
  extend(sentAtMs: number): void {
    if (sentAtMs <= this.#sentAtMs) return
    this.#sentAtMs = sentAtMs
    this.#endsAtWallMs = Date.now() - (performance.now() - sentAtMs) + this.#leaseMs
  }
}
