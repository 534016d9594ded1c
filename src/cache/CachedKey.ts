import { setTimeout as delay } from 'node:timers/promises'
import type { CacheEntry, PublishResult } from './CacheEntry.js'
import { tooSlow, unlessUnavailable } from './CacheStore.js'
import { TimeBudget } from './deadline.js'
import type { KeyState } from './KeyState.js'
import { Publisher } from './Publisher.js'
import { BatchPerTick, SingleFlight } from './SingleFlight.js'
import { checkStamp, type Versioned } from './Source.js'
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

interface Loaded<T> {
  readonly value: T
  readonly result: PublishResult | 'absent' | 'unavailable'
}

interface CachedKeyOptions<T extends Versioned> {
  readonly state: KeyState<T>
  readonly entry: CacheEntry<T>
  readonly source: SourceState<T>
  /** How long readers may rely on a version check: a write that could not be published is answered that much later. */
  readonly writersWaitMs: number
  readonly onPublish: (confirmed: boolean) => void
}

/** A read that missed waits this long for the cache, beside the one operation (of 50 ms at most) that missed. */
const RELOAD_BUDGET_MS = 50

/** One key: the order of steps that keeps it true. docs/how-the-cache-stays-true.md says why these few rules are enough. */
export class CachedKey<T extends Versioned> {
  readonly #options: CachedKeyOptions<T>
  readonly #state: KeyState<T>
  readonly #entry: CacheEntry<T>
  readonly #source: SourceState<T>
  readonly #publisher: Publisher<T>
  readonly #lookup = new BatchPerTick(() => this.#entry.find(this.#state.origin))
  readonly #reload = new SingleFlight(() => this.#loadAndStore())

  constructor(options: CachedKeyOptions<T>) {
    this.#options = options
    const { state, entry, source } = options
    this.#state = state
    this.#entry = entry
    this.#source = source
    const reload = async () => (await this.#reload.startedAfter(performance.now())).result
    this.#publisher = new Publisher({ state, entry, reload })
  }

  async read(): Promise<Reading<T>> {
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
    this.#options.onPublish(isConfirmed)
    if (!isConfirmed) {
      // Others may still find the old value in the cache. A version check that they rely on from here on has been
      // sent after the commit, and so refuses it.
      await delay(Math.max(0, committedAtMs + this.#options.writersWaitMs - performance.now()))
    }
    return change
  }

  async bypass<A extends Versioned>(question: () => Promise<A>): Promise<A> {
    for (;;) {
      const sentAtMs = performance.now()
      const answer = await this.#source.ask(this.#state, question)
      checkStamp(this.#state.key, answer.version, answer.origin)
      if ((await this.#state.observe(answer, sentAtMs)) === 'overtaken') continue
      // The answer has raised the minimum version, so this puts into the cache what others must see next. If it can't,
      // the last value known is older than the answer, which must not be shown then.
      await this.#readCurrent(performance.now())
      return answer
    }
  }

  async #readCurrent(arrivedAtMs: number): Promise<Reading<T>> {
    const isCovered = this.#source.coversReadAt(this.#state, arrivedAtMs)
    if (!isCovered) await this.#source.coverReadAt(this.#state, arrivedAtMs)
    let found = await this.#find()
    if (!isCovered && typeof found !== 'string' && this.#state.isUnconfirmed) {
      // The version check that this read has waited for said less than stands in the cache. Mostly somebody has written
      // in between; but if nobody reads often, what nobody ever wrote may have stood there for long.
      await this.#source.checkVersion(this.#state)
      found = await this.#find()
    }
    const earlierLoad = this.#reload.endOfEarlier(arrivedAtMs)
    if (typeof found === 'string' && earlierLoad !== undefined) {
      // The load under way was sent before this read came in, so its result is not ours to use. But if what it
      // puts into the cache is new enough, no further load is needed.
      await earlierLoad
      found = await this.#find()
    }
    if (typeof found !== 'string') return { value: found, current: true, outcome: 'hit', stored: false }
    const { value, result } = await this.#reload.startedAfter(arrivedAtMs)
    if (result !== 'unavailable') return { value, current: true, outcome: found, stored: result === 'stored' }
    return { value, current: true, outcome: 'bypass', stored: false, detail: 'cache-unavailable' }
  }

  /** The cached value, or why it can't be used. */
  async #find(): Promise<T | 'miss' | 'stale'> {
    const found = await unlessUnavailable(this.#lookup.run())
    if (found === 'unavailable' || !found?.value) return 'miss'
    if (!this.#state.admits(found.value)) return 'stale'
    this.#state.remember(found.value)
    return found.value
  }

  /** The newest value that this process or the cache knows: others may have written since this one was last asked. */
  async #lastKnown(): Promise<T | undefined> {
    const found = await unlessUnavailable(this.#lookup.run())
    if (found !== 'unavailable' && found?.value) this.#state.remember(found.value)
    return this.#state.newest
  }

  /** Token first, then the load, then compare-and-swap: what is stored so overwrites nothing newer. */
  async #loadAndStore(): Promise<Loaded<T>> {
    const budget = new TimeBudget(RELOAD_BUDGET_MS)
    const token = await unlessUnavailable(budget.spendOn(this.#entry.acquireFillToken(), tooSlow))
    const loaded = await this.#source.load(this.#state)
    const value = this.#state.newest ?? loaded // a newer one may have been learned meanwhile
    if (token === 'unavailable') return { value, result: token }
    this.#entry.compare(value, loaded)
    if (!token) return { value, result: 'absent' }
    return {
      value,
      result: await unlessUnavailable(budget.spendOn(this.#entry.fill(value, token), tooSlow)),
    }
  }
}
