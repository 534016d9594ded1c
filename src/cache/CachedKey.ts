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
  /** `hit`; `miss`: nothing there; `stale`: older than a change already known; `bypass`: the cache was of no use. */
  readonly outcome: 'hit' | 'miss' | 'stale' | 'bypass'
  /** Whether this read has put it into the cache. */
  readonly stored: boolean
  /** Why the cache was of no use. */
  readonly detail?: 'cache-unavailable' | 'source-unavailable'
}

/** One key: the order of steps that keeps it true. docs/how-the-cache-stays-true.md says why these few rules are enough. */
export class CachedKey<T extends Versioned> {
  readonly #source: SourceState
  readonly #options: ResolvedOptions<T>
  readonly #state: KeyState<T>
  readonly #entry: CacheEntry<T>
  readonly #publisher: Publisher<T>
  /** Reads that come in one tick are one. */
  readonly read = batchPerTick(() => this.#readOrLastKnown())
  /** For all reads that have waited for one load. */
  readonly #sharedFind = batchPerTick(() => this.#find())

  constructor(key: string, source: SourceState, options: ResolvedOptions<T>) {
    const { store, namespace, codec, onVersionError } = options
    const report = (problem: string) => onVersionError(new VersionError(key, problem))
    this.#source = source
    this.#options = options
    this.#state = new KeyState<T>(key, source, options, async (problem) => {
      report(problem)
      // If this fails the entry is met again with the cache, and again found out by the next version check.
      await unlessUnavailable(this.#entry.discard())
    })
    this.#entry = new CacheEntry({
      store,
      key: namespace ? `${namespace}:${key}` : key,
      codec,
      onNewer: (value) => {
        this.#state.remember(value)
        source.checks.use(this.#state) // which must confirm it, even if nobody reads here
      },
      onTwoContents: (version) => report(`version ${version} has two contents`),
    })
    this.#publisher = new Publisher(this.#state, this.#entry)
  }

  async #readOrLastKnown(): Promise<Reading<T>> {
    try {
      return await this.#readCurrent(performance.now())
    } catch (error) {
      if (!this.#source.isUnavailable(error)) throw error
      const value = await this.#lastKnown()
      if (!value) throw error
      return { value, current: false, outcome: 'bypass', stored: false, detail: 'source-unavailable' }
    }
  }

  async write<C extends { readonly value: T }>(commit: () => Promise<C>): Promise<C> {
    this.#source.refuseWhileDown()
    const sentAtMs = performance.now()
    const change = await commit()
    const committedAtMs = performance.now()
    checkStamp(this.#state.key, change.value.version, change.value.origin)
    const isConfirmed = await this.#publisher.publish(change.value, sentAtMs)
    this.#options.observer?.onPublish(isConfirmed)
    if (!isConfirmed) {
      // Others may still find the old value in the cache. A version check that they rely on from here on has been
      // sent after the commit, and so refuses it.
      await delay(Math.max(0, committedAtMs + this.#options.writersWaitMs - performance.now()))
    }
    return change
  }

  async bypass<A extends Versioned>(question: () => Promise<A>): Promise<A> {
    const answer = await this.#state.ask(question)
    // The answer has raised the minimum version, so this puts into the cache what others must see next. If it can't,
    // the last value known is older than the answer, which must not be shown then.
    await this.#readCurrent(performance.now())
    return answer
  }

  async #readCurrent(arrivedAtMs: number): Promise<Reading<T>> {
    this.#source.checks.use(this.#state)
    const isCovered = !this.#source.isDown && this.#state.known.lease.isValidAt(arrivedAtMs)
    if (!isCovered) await this.#source.checks.startedAfter(arrivedAtMs - this.#options.leaseMs, this.#state)
    let found = this.#usable(await this.#find())
    if (!isCovered && typeof found !== 'string' && this.#state.known.minVersion.isUnconfirmed) {
      // The version check that this read has waited for said less than stands in the cache. Mostly somebody has written
      // in between; but if nobody reads often, what nobody ever wrote may have stood there for long.
      await this.#source.checks.startedAfter(performance.now(), this.#state)
      found = this.#usable(await this.#sharedFind())
    }
    const earlierLoad = this.#publisher.reload.endOfEarlier(arrivedAtMs)
    if (typeof found === 'string' && earlierLoad !== undefined) {
      // The load under way was sent before this read came in, so its result is not ours to use. But if what it
      // puts into the cache is new enough, no further load is needed.
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

  /** The newest value that this process or the cache knows: others may have written since this one was last asked. */
  async #lastKnown(): Promise<T | undefined> {
    const found = await this.#sharedFind()
    if (found && found !== 'unavailable') this.#state.remember(found.value)
    return this.#state.known.newest
  }
}
