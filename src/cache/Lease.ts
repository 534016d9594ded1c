import { SharedRun } from './SharedRun.js'

interface LeaseOptions {
  /**
   * How long one look at the source's version is trusted. 0: every read has a look of its own.
   * Infinity: no other process can write, so there is nothing to look for.
   */
  readonly leaseMs: number
  /** Asks the source for its version. */
  readonly look: () => Promise<void>
}

/**
 * The right to serve from the cache: held while the last look at the source's version was sent less than
 * `leaseMs` ago. While it is used it is renewed in the background at half time, so that no read waits for it
 * and the source gets a handful of tiny queries a second, whatever the traffic. Unused, it runs out silently.
 */
export class Lease {
  readonly #leaseMs: number
  readonly #look: SharedRun<void>
  #sentAtMs = Number.NEGATIVE_INFINITY
  /** By the clock on the wall: on Linux the monotonic one stands still while the machine is suspended. */
  #endsAtWallMs = Number.NEGATIVE_INFINITY
  #used = false
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor({ leaseMs, look }: LeaseOptions) {
    this.#leaseMs = leaseMs
    this.#look = new SharedRun(look)
  }

  /** Whether a read that came in at this moment is covered. */
  isHeldAt(momentMs: number): boolean {
    this.use()
    return this.#sentAtMs > momentMs - this.#leaseMs && Date.now() < this.#endsAtWallMs
  }

  /** Has it renewed once more at half time. */
  use(): void {
    this.#used = true
  }

  /** Looks, unless a look that was sent recently enough is already under way. Rejects where the source does. */
  async renewFor(momentMs: number): Promise<void> {
    await this.#look.since(momentMs - this.#leaseMs)
  }

  /** Looks from now on. Rejects where the source does. */
  async renew(): Promise<void> {
    await this.#look.since(performance.now())
  }

  /** The source answered a question that was sent at this moment: whatever it was, it was a look as well. */
  extend(sentAtMs: number): void {
    if (sentAtMs <= this.#sentAtMs) return
    this.#sentAtMs = sentAtMs
    this.#endsAtWallMs = Date.now() - (performance.now() - sentAtMs) + this.#leaseMs
    this.#renewAtHalfTime()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #renewAtHalfTime(): void {
    clearTimeout(this.#timer)
    if (this.#stopped || this.#leaseMs === 0 || !Number.isFinite(this.#leaseMs)) return
    const dueInMs = Math.max(0, this.#sentAtMs + this.#leaseMs / 2 - performance.now())
    this.#timer = setTimeout(() => this.#renewIfUsed(), dueInMs)
    this.#timer.unref()
  }

  #renewIfUsed(): void {
    if (!this.#used) return
    this.#used = false
    // A look that fails has told its owner so; the next read asks again and meets the same failure.
    this.#look.since(performance.now() - this.#leaseMs / 2).catch(() => {})
  }
}
