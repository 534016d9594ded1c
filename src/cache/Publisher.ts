import type { CacheEntry, PublishResult } from './CacheEntry.js'
import { inTime, unlessUnavailable } from './CacheStore.js'
import type { KeyState } from './KeyState.js'
import { SingleFlight } from './SingleFlight.js'
import type { Versioned } from './Source.js'

/** A publish that takes longer is not waited for; the readers' leases are waited out instead. */
export const PUBLISH_DEADLINE_MS = 100
/** A read that missed waits for the cache only so long, for a token and to store with it together. */
const RELOAD_BUDGET_MS = 50

/** Puts into the cache what was loaded for reads, and what writes have made, of one key. */
export class Publisher<T extends Versioned> {
  /** Loads the value, and stores it. */
  readonly reload = new SingleFlight(() => this.#loadAndStore())
  readonly #state: KeyState<T>
  readonly #entry: CacheEntry<T>
  /** Writes that were made together have one value between them, and to publish it once does for all. */
  #latest: { readonly value: T; readonly confirmed: Promise<boolean> } | undefined

  constructor(state: KeyState<T>, entry: CacheEntry<T>) {
    this.#state = state
    this.#entry = entry
  }

  /**
   * @param sentAtMs when the write was sent to the source
   * @returns whether the cache has this value or a newer one, or can't show an older one any more
   */
  publish(value: T, sentAtMs: number): Promise<boolean> {
    if (this.#latest?.value !== value)
      this.#latest = { value, confirmed: this.#publishAndLearn(value, sentAtMs) }
    return this.#latest.confirmed
  }

  /** Token first, then the load, then compare-and-swap: what is stored so overwrites nothing newer. */
  async #loadAndStore() {
    const beganAtMs = performance.now()
    const token = await unlessUnavailable(inTime(RELOAD_BUDGET_MS, this.#entry.acquireFillToken()))
    const leftMs = beganAtMs + RELOAD_BUDGET_MS - performance.now()
    const loaded = await this.#state.load()
    const value = this.#state.known.newest ?? loaded // a newer one may have been learned meanwhile
    if (token === 'unavailable') return { value, result: token }
    this.#entry.compare(value, loaded)
    const result = token ? await unlessUnavailable(inTime(leftMs, this.#entry.fill(value, token))) : 'absent'
    return { value, result }
  }

  /**
   * Published first, and learned then: until it is in the cache nobody has been answered, so this process may show
   * what is there as the others do. The other way round each write would make misses of its own process's reads.
   */
  async #publishAndLearn(value: T, sentAtMs: number): Promise<boolean> {
    const isConfirmed = await this.#publishInTime(value)
    const observation = await this.#state.observe(value, sentAtMs, value)
    // What seemed to be newer there is nothing that the source has, and gone by now.
    return observation === 'void' ? await this.#publishInTime(value) : isConfirmed
  }

  async #publishInTime(value: T): Promise<boolean> {
    const result = await unlessUnavailable(inTime(PUBLISH_DEADLINE_MS, this.#replaceOrReload(value)))
    return result === 'stored' || result === 'cleared'
  }

  async #replaceOrReload(value: T): Promise<PublishResult | 'absent' | 'unavailable'> {
    const result = await this.#entry.replaceIfOlder(value)
    if (result !== 'absent') return result
    try {
      return (await this.reload.startedAfter(performance.now())).result
    } catch {
      // The change is made, whether or not the source can still be read. The next read meets the same, and tells.
      return 'unavailable'
    }
  }
}
