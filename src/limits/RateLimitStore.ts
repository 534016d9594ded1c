import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit'
import { unlessUnavailable } from '../cache/CacheStore.js'
import type { Counter } from '../cache/memcacheProtocol.js'
import { LocalCounts } from './LocalCounts.js'

/** Counts for all processes together. Throws `CacheUnavailable`; undefined where it can't keep this one. */
export interface SharedCounters {
  increment(counter: Counter): Promise<number | undefined>
}

export interface SharedCounts {
  readonly counters: SharedCounters
  /**
   * What stands before an address in the name of its counter, so that no other app on the same memcache counts on
   * it. Undefined as long as that is not known; then each process counts by itself.
   */
  readonly prefix: () => Promise<string | undefined>
}

/** A counter holds when it was begun too, above its last six digits: so each process knows when it ends. */
const COUNTS_PER_SECOND = 1_000_000

/**
 * How many writes each client address has made, in a window of time that begins with its first: here, and where
 * there is a memcache on all processes together. The larger count holds. So a memcache that is lost, flushed or
 * full leaves a limit for each process, rather than none, or one that nobody passes.
 */
export class WriteCounts implements Store {
  readonly #everywhere: SharedCounts | undefined
  #windowMs = 0
  #here = new LocalCounts(0)

  constructor(everywhere: SharedCounts | undefined) {
    this.#everywhere = everywhere
  }

  init({ windowMs }: Options): void {
    this.#windowMs = windowMs
    this.#here = new LocalCounts(windowMs)
  }

  async increment(address: string): Promise<ClientRateLimitInfo> {
    const here = this.#here.count(address)
    const everywhere = await this.#incrementEverywhere(address)
    return everywhere && everywhere.totalHits >= here.totalHits ? everywhere : here
  }

  // The middleware wants these two of a store; no write is ever taken back here, and so neither is called.
  async decrement(): Promise<void> {}
  async resetKey(): Promise<void> {}

  async #incrementEverywhere(address: string): Promise<ClientRateLimitInfo | undefined> {
    const prefix = await this.#everywhere?.prefix()
    if (!this.#everywhere || prefix === undefined) return undefined
    const nowSeconds = Math.floor(Date.now() / 1000)
    const counter = {
      key: `${prefix}${address}`,
      initial: nowSeconds * COUNTS_PER_SECOND + 1,
      ttlSeconds: this.#windowMs / 1000,
    }
    const value = await unlessUnavailable(this.#everywhere.counters.increment(counter))
    return typeof value === 'number' ? this.#decode(value, nowSeconds) : undefined
  }

  /** Undefined for one that should have ended by now, as it may up to a second late, and for anything unfamiliar. */
  #decode(value: number, nowSeconds: number): ClientRateLimitInfo | undefined {
    const windowSeconds = this.#windowMs / 1000
    const begunSeconds = Math.floor(value / COUNTS_PER_SECOND)
    const isOfThisWindow = Math.abs(nowSeconds - begunSeconds) < windowSeconds
    if (!isOfThisWindow) return undefined
    return {
      totalHits: value % COUNTS_PER_SECOND,
      resetTime: new Date((begunSeconds + windowSeconds) * 1000),
    }
  }
}
