import { setTimeout as delay } from 'node:timers/promises'
import { CacheEntry, type Found } from './CacheEntry.js'
import type { ResolvedOptions } from './CacheOptions.js'
import { unlessUnavailable } from './CacheStore.js'
import { KeyState } from './KeyState.js'
import { Publisher } from './Publisher.js'
import { batchPerTick } from './SingleFlight.js'
import { checkStamp, VersionError, type Versioned } from './Source.js'
import type { SourceState } from './SourceState.js'

/** What a read got, and how. */
export interface Reading<T> {
  readonly value: T
  /** False if the source can't be reached and this is the last value that is known. */
  readonly current: boolean
  /** `miss`: no entry; `stale`: an entry older than a known change; `bypass`: the cache could not be used. */
  readonly outcome: 'hit' | 'miss' | 'stale' | 'bypass'
  /** Whether this read has put the value into the cache. */
  readonly stored: boolean
  /** Why the cache could not be used. */
  readonly detail?: 'cache-unavailable' | 'source-unavailable'
}

/** One key, and the order of steps that keeps it true. docs/how-the-cache-stays-true.md says why they are enough. */
export class CachedKey<T extends Versioned> {
  readonly #source: SourceState
  readonly #options: ResolvedOptions<T>
  readonly #state: KeyState<T>
  readonly #entry: CacheEntry<T>
  readonly #publisher: Publisher<T>
  /** Shared by the reads of one tick. */
  readonly read = batchPerTick(() => this.#readOrLastKnown())
  /** Shared by the reads that have waited for the same load. */
  readonly #sharedFind = batchPerTick(() => this.#find())

  constructor(key: string, source: SourceState, options: ResolvedOptions<T>) {
    const { store, namespace, codec, onVersionError } = options
    const report = (problem: string) => onVersionError(new VersionError(key, problem))
    this.#source = source
    this.#options = options
    this.#state = new KeyState<T>(key, source, options, async (problem) => {
      report(problem)
      // If this fails, a read finds the entry again when the cache is back, and the next version check detects it.
      await unlessUnavailable(this.#entry.discard())
    })
    this.#entry = new CacheEntry({
      store,
      key: namespace ? `${namespace}:${key}` : key,
      codec,
      onNewer: (value) => {
        this.#state.remember(value)
        source.checks.use(this.#state) // a version check must confirm it, even if nobody reads here
      },
      onTwoContents: (version) => report(`version ${version} has two contents`),
    })
    this.#publisher = new Publisher(this.#state, this.#entry)
  }

  async #readOrLastKnown(): Promise<Reading<T>> {
    try {
      return await this.#readCurrent(performance.now())
    } catch (error) {
      if (!this.#options.source.isUnavailable(error)) throw error
      const value = await this.#lastKnown()
      if (value)
        return { value, current: false, outcome: 'bypass', stored: false, detail: 'source-unavailable' }
      // Another source may have taken its place meanwhile, so what was known is void. If not, this throws the same error.
      return await this.#readCurrent(performance.now())
    }
  }

  async write<C extends { readonly value: T }>(commit: () => Promise<C>): Promise<C> {
    this.#source.refuseWhileDown()
    const sentAtMs = performance.now()
    const change = await commit()
    const committedAtMs = performance.now()
    checkStamp(this.#state.key, change.value)
    const isConfirmed = await this.#publisher.publish(change.value, sentAtMs)
    this.#options.observer?.onPublish(isConfirmed)
    if (!isConfirmed) {
      // Others may still find the old value in the cache. After this wait, each version check that they rely on was
      // sent after the commit, so they refuse the old value.
      await delay(Math.max(0, committedAtMs + this.#options.writersWaitMs - performance.now()))
    }
    return change
  }

  async bypass<A extends Versioned>(question: () => Promise<A>): Promise<A> {
    const answer = await this.#state.ask(question)
    // The answer has raised the minimum version. So this read puts a value into the cache that is at least as new, and
    // others see it. If it throws, only older values are known, and the answer must not be shown.
    await this.#readCurrent(performance.now())
    return answer
  }

  async #readCurrent(arrivedAtMs: number): Promise<Reading<T>> {
    this.#source.checks.use(this.#state)
    const isCovered = !this.#source.isDown && this.#state.known.lease.isValidAt(arrivedAtMs)
    if (!isCovered) await this.#source.checks.startedAfter(arrivedAtMs - this.#options.leaseMs, this.#state)
    let found = this.#usable(await this.#find())
    if (!isCovered && typeof found !== 'string' && this.#state.known.minVersion.isUnconfirmed) {
      // The cache has a newer version than the version check that this read has waited for. Usually somebody has
      // written in between. But it may also be a forged entry, which stays long if nobody reads.
      await this.#source.checks.startedAfter(performance.now(), this.#state)
      found = this.#usable(await this.#sharedFind())
    }
    const earlierLoad = this.#publisher.reload.endOfEarlier(arrivedAtMs)
    if (typeof found === 'string' && earlierLoad !== undefined) {
      // The load under way was sent before this read began, so its result may be too old for it. But if the load puts a
      // value into the cache that is new enough, no second load is needed.
      await earlierLoad
      found = this.#usable(await this.#sharedFind())
    }
    if (typeof found !== 'string') return { value: found, current: true, outcome: 'hit', stored: false }
    const { value, result } = await this.#publisher.reload.startedAfter(arrivedAtMs)
    if (result !== 'unavailable') return { value, current: true, outcome: found, stored: result === 'stored' }
    return { value, current: true, outcome: 'bypass', stored: false, detail: 'cache-unavailable' }
  }

  #find(): Promise<Found<T> | undefined | 'unavailable'> {
    return unlessUnavailable(this.#entry.find(this.#state.known.origin))
  }

  /** The cached value, or why it can't be used. */
  #usable(found: Found<T> | undefined | 'unavailable'): T | 'miss' | 'stale' {
    if (found === 'unavailable' || !found) return 'miss'
    if (!this.#state.admits(found.value)) return 'stale'
    this.#state.remember(found.value)
    return found.value
  }

  /** The newest value that this process or the cache knows. The cache may have a write of another process. */
  async #lastKnown(): Promise<T | undefined> {
    const found = await this.#sharedFind()
    if (found && found !== 'unavailable') this.#state.remember(found.value)
    return this.#state.known.newest
  }
}
