import type { CacheEntry, PublishResult } from './CacheEntry.js'
import { inTime, unlessUnavailable } from './CacheStore.js'
import type { KeyState } from './KeyState.js'
import { SingleFlight } from './SingleFlight.js'
import type { Versioned } from './Source.js'

/** If a publish takes longer, the write waits for the end of the readers' leases instead. */
export const PUBLISH_DEADLINE_MS = 100
/** How long a read waits for the cache after a miss, for the token and for storing together. */
const RELOAD_BUDGET_MS = 50

/** Stores what reads have loaded and what writes have made, for one key. */
export class Publisher<T extends Versioned> {
  /** Loads the value, and stores it. */
  readonly reload = new SingleFlight(() => this.#loadAndStore())
  readonly #state: KeyState<T>
  readonly #entry: CacheEntry<T>
  /** Writes that were committed together have the same value, which is published once. */
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

  /** Token first, then the load, then compare-and-swap, so that nothing newer is overwritten. */
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
   * Publishes first, then learns the value. Until it is published the write is not answered, so this process may show
   * the old value as the others do. In the other order, each write would cause misses in its own process.
   */
  async #publishAndLearn(value: T, sentAtMs: number): Promise<boolean> {
    const isConfirmed = await this.#publishInTime(value)
    const observation = await this.#state.observe(value, sentAtMs, value)
    // The newer value in the cache was void and has been deleted.
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
      // The change is committed, even if the source can't be read now. The next read reports the same error.
      return 'unavailable'
    }
  }
}
