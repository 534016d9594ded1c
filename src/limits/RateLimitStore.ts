import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit'
import { type MemcacheStore, unlessUnavailable } from '../cache/index.js'
import { WindowCounts } from './WindowCounts.js'

/** Counters that all processes share. */
export type SharedCounters = Pick<MemcacheStore, 'increment'>

interface SharedCounts {
  readonly counters: SharedCounters
  /**
   * Prefix of a counter's key, before the address, so that another app on the same memcache has its own counters.
   * Undefined while it is not known. Until then each process counts alone.
   */
  readonly prefix: () => Promise<string | undefined>
}

/** A counter's value is its start in seconds, then the count in six digits. So all processes know when it ends. */
const COUNTS_PER_SECOND = 1_000_000

/**
 * Counts the writes of each client address, in a window of time that begins with the first: in this process, and in
 * memcache for all processes together. The larger count is used. So if memcache is lost, flushed or full, each process
 * still has its own limit.
 */
export class RateLimitStore implements Store {
  readonly #shared: SharedCounts | undefined
  #windowMs = 0
  #local = new WindowCounts(0)

  constructor(shared: SharedCounts | undefined) {
    this.#shared = shared
  }

  init({ windowMs }: Options): void {
    this.#windowMs = windowMs
    this.#local = new WindowCounts(windowMs)
  }

  async increment(address: string): Promise<ClientRateLimitInfo> {
    const { count, leftMs } = this.#local.add(address)
    const local = { totalHits: count, resetTime: new Date(Date.now() + leftMs) }
    const shared = await this.#incrementShared(address)
    return shared && shared.totalHits >= count ? shared : local
  }

  // Part of the interface, but never called: no write is taken back.
  async decrement(): Promise<void> {}
  async resetKey(): Promise<void> {}

  async #incrementShared(address: string): Promise<ClientRateLimitInfo | undefined> {
    const prefix = await this.#shared?.prefix()
    if (!this.#shared || prefix === undefined) return undefined
    const nowSeconds = Math.floor(Date.now() / 1000)
    const counter = {
      key: `${prefix}${address}`,
      initial: nowSeconds * COUNTS_PER_SECOND + 1,
      ttlSeconds: this.#windowMs / 1000,
    }
    const value = await unlessUnavailable(this.#shared.counters.increment(counter))
    return typeof value === 'number' ? this.#decode(value, nowSeconds) : undefined
  }

  /** Undefined if the window is over (memcached may expire it a second late), or if the value is not ours. */
  #decode(value: number, nowSeconds: number): ClientRateLimitInfo | undefined {
    const windowSeconds = this.#windowMs / 1000
    const startSeconds = Math.floor(value / COUNTS_PER_SECOND)
    const isOfThisWindow = Math.abs(nowSeconds - startSeconds) < windowSeconds
    if (!isOfThisWindow) return undefined
    return {
      totalHits: value % COUNTS_PER_SECOND,
      resetTime: new Date((startSeconds + windowSeconds) * 1000),
    }
  }
}
