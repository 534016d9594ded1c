import { setTimeout as delay } from 'node:timers/promises'
import type { BreakerEvents } from './Breaker.js'
import { CachedValue, type Codec, type Settled, type Versioned } from './CachedValue.js'
import { type CacheObserver, observedSource, observedStore } from './CacheObserver.js'
import { type CacheStore, CacheUnavailable, unlessUnavailable } from './CacheStore.js'
import { Patience, withinDeadline } from './deadline.js'
import { FreshnessAudit, type StalePage } from './FreshnessAudit.js'
import { SharedRun, SharedTurn } from './SharedRun.js'
import { type Source, WatchedSource } from './WatchedSource.js'

export interface CacheOptions<T extends Versioned> {
  readonly store: CacheStore
  readonly key: string
  readonly codec: Codec<T>
  readonly source: Source<T>
  /** Hears when the source is lost and regained. */
  readonly sourceEvents: BreakerEvents
  /** How long one look at the source's version is trusted (see `Lease`). The same in every process. */
  readonly leaseMs: number
  /** One read in so many is followed by a check of the cache against the source (see `FreshnessAudit`); 0 is never. */
  readonly auditOneIn: number
  /** Hears of a stale page, which must never happen. */
  readonly onStale: (page: StalePage) => void
  /** Hears what the cache does, for figures. */
  readonly observer?: CacheObserver
}

/** What a read got, and how. */
export interface Reading<T> {
  readonly value: T
  /** False where the source can't be reached and this is the last value that the process knows. */
  readonly current: boolean
  /** `hit`; `miss`: nothing there; `stale`: older than a change already known; `bypass`: the cache was of no use. */
  readonly outcome: 'hit' | 'miss' | 'stale' | 'bypass'
  /** Whether the cache has it now. */
  readonly stored: boolean
  /** Why the cache was of no use. */
  readonly detail?: 'cache-unavailable' | 'source-unavailable'
}

interface Loaded<T> {
  readonly value: T
  readonly settled: Settled | 'absent' | 'unavailable'
}

/** A read that missed waits this long for the cache, beside the one operation (of 50 ms at most) that missed. */
const RELOAD_PATIENCE_MS = 50
/** A publish that takes longer is not waited for; the readers' leases are waited out instead. */
const PUBLISH_DEADLINE_MS = 100

/**
 * Serves a value from a cache that is never out of date: a read that begins after a write was answered shows
 * that write, in every process, whatever happens to the cache or to other writers.
 * docs/how-the-cache-stays-true.md says why these few rules are enough.
 */
export class CacheService<T extends Versioned> {
  /** The self-audit, and what it has found so far. */
  readonly audit: FreshnessAudit
  readonly #cached: CachedValue<T>
  readonly #source: WatchedSource<T>
  readonly #look = new SharedTurn(() => this.#cached.look(this.#source.origin))
  readonly #reload = new SharedRun(() => this.#loadAndStore())
  readonly #writersWaitMs: number
  readonly #observer: CacheObserver | undefined
  /** Writes that were made together have one value between them, and to publish it once does for all. */
  #published: { readonly value: T; readonly confirmed: Promise<boolean> } | undefined

  constructor(options: CacheOptions<T>) {
    const { store, key, codec, source, sourceEvents, leaseMs, observer } = options
    this.#observer = observer
    this.#cached = new CachedValue({
      store: observer ? observedStore(store, observer) : store,
      key,
      codec,
      onNewer: (value) => this.#source.rememberAndLook(value),
    })
    // An endless lease means that no other process reads.
    this.#writersWaitMs = Number.isFinite(leaseMs) ? leaseMs : 0
    this.#source = new WatchedSource({
      source: observer ? observedSource(source, observer) : source,
      leaseMs,
      events: sourceEvents,
      onHistoryLost: () => this.#forget(),
    })
    this.audit = new FreshnessAudit({
      oneIn: options.auditOneIn,
      answeredWithinMs: this.#writersWaitMs + PUBLISH_DEADLINE_MS,
      version: () => source.version(),
      read: async () => {
        const { current, value } = await this.#read()
        return current ? value : undefined
      },
      onStale: options.onStale,
    })
  }

  /** The value, never older than any write answered before this call. Throws only where the source is down and nothing is known. */
  async read(): Promise<Reading<T>> {
    this.audit.countRead()
    return await this.#read()
  }

  /**
   * Changes the source and then the cache.
   * @param commit makes the change and says what the value is then; called once
   * @returns what `commit` answered, once no process can still show what it replaced
   */
  async write<C extends { readonly value: T }>(commit: () => Promise<C>): Promise<C> {
    this.#source.refuseWhileDown()
    const sentAtMs = performance.now()
    const change = await commit()
    const committedAtMs = performance.now()
    const confirmed = await this.#publish(change.value, sentAtMs)
    this.#observer?.onPublish(confirmed)
    if (!confirmed) {
      // Others may still find the old value in the cache. A look that they rely on from here on has been sent
      // after the commit, and so refuses it.
      await delay(Math.max(0, committedAtMs + this.#writersWaitMs - performance.now()))
    }
    return change
  }

  /**
   * Asks the source something of which the answer tells a version too, such as another part of the same data.
   * Resolves once no later read, of any process, shows an older version than that.
   */
  async ask<A extends Versioned>(question: () => Promise<A>): Promise<A> {
    const sentAtMs = performance.now()
    const answer = await this.#source.ask(question)
    if ((await this.#source.observe(answer, sentAtMs)) === 'overtaken') return await this.ask(question)
    // The answer has raised the floor, so this puts into the cache what others must see next. Where it can't, the
    // last value known is older than the answer, which must not be shown then.
    await this.#readCurrent(performance.now())
    return answer
  }

  /** Which source this is, as it says itself; it is asked if it has not said so yet. Undefined while it can't be reached. */
  async origin(): Promise<string | undefined> {
    try {
      if (this.#source.origin === undefined) await this.#source.coverReadAt(performance.now())
    } catch (error) {
      if (!this.#source.isUnavailable(error)) throw error
    }
    return this.#source.origin
  }

  close(): void {
    this.audit.stop()
    this.#source.stop()
  }

  async #read(): Promise<Reading<T>> {
    const arrivedAtMs = performance.now()
    try {
      return await this.#readCurrent(arrivedAtMs)
    } catch (error) {
      if (!this.#source.isUnavailable(error)) throw error
      const value = await this.#lastKnown()
      if (!value) throw error
      return { value, current: false, outcome: 'bypass', stored: false, detail: 'source-unavailable' }
    }
  }

  /** The newest value that this process or the cache knows: others may have written since this one was last asked. */
  async #lastKnown(): Promise<T | undefined> {
    const seen = await unlessUnavailable(this.#look.run())
    if (seen !== 'unavailable' && seen?.value) this.#source.remember(seen.value)
    return this.#source.newest
  }

  async #readCurrent(arrivedAtMs: number): Promise<Reading<T>> {
    const isCovered = this.#source.coversReadAt(arrivedAtMs)
    if (!isCovered) await this.#source.coverReadAt(arrivedAtMs)
    let found = await this.#find()
    if (!isCovered && typeof found !== 'string' && this.#source.isUnconfirmed) {
      // The look that this read has waited for said less than stands in the cache. Mostly somebody has written in
      // between; but where nobody reads often, what nobody ever wrote may have stood there for long.
      await this.#source.look()
      found = await this.#find()
    }
    const overdue = this.#reload.overdue(arrivedAtMs)
    if (typeof found === 'string' && overdue !== undefined) {
      // The load under way was sent before this read came in, so its result is not ours to use. But if what it
      // puts into the cache is new enough, no further load is needed.
      await overdue
      found = await this.#find()
    }
    if (typeof found !== 'string') return { value: found, current: true, outcome: 'hit', stored: false }
    const { value, settled } = await this.#reload.since(arrivedAtMs)
    if (settled !== 'unavailable')
      return { value, current: true, outcome: found, stored: settled === 'stored' }
    return { value, current: true, outcome: 'bypass', stored: false, detail: 'cache-unavailable' }
  }

  /** The cached value, or why it can't be used. */
  async #find(): Promise<T | 'miss' | 'stale'> {
    const seen = await unlessUnavailable(this.#look.run())
    if (seen === 'unavailable' || !seen?.value) return 'miss'
    if (!this.#source.admits(seen.value)) return 'stale'
    this.#source.remember(seen.value)
    return seen.value
  }

  /** Token first, then the load, then compare-and-swap: what is stored so overwrites nothing newer. */
  async #loadAndStore(): Promise<Loaded<T>> {
    const patience = new Patience(RELOAD_PATIENCE_MS)
    const token = await unlessUnavailable(patience.spendOn(this.#cached.claim(), tooSlow))
    const value = await this.#source.load()
    if (token === 'unavailable') return { value, settled: token }
    if (!token) return { value, settled: 'absent' }
    return {
      value,
      settled: await unlessUnavailable(patience.spendOn(this.#cached.store(value, token), tooSlow)),
    }
  }

  /** @returns whether the cache has this value or a newer one, or can't show an older one any more */
  #publish(value: T, sentAtMs: number): Promise<boolean> {
    if (this.#published?.value !== value)
      this.#published = { value, confirmed: this.#publishAndLearn(value, sentAtMs) }
    return this.#published.confirmed
  }

  /**
   * Published first, and learned then: until it is in the cache nobody has been answered, so this process may show
   * what is there as the others do. The other way round each write would make misses of its own process's reads.
   */
  async #publishAndLearn(value: T, sentAtMs: number): Promise<boolean> {
    const isConfirmed = await this.#settlesInTime(value)
    const observation = await this.#source.learn(value, sentAtMs)
    // What seemed to be newer there is nothing that the source has, and gone by now.
    return observation === 'void' ? await this.#settlesInTime(value) : isConfirmed
  }

  async #settlesInTime(value: T): Promise<boolean> {
    const settled = await unlessUnavailable(withinDeadline(PUBLISH_DEADLINE_MS, this.#settle(value), tooSlow))
    return settled === 'stored' || settled === 'cleared'
  }

  async #settle(value: T): Promise<Loaded<T>['settled']> {
    const settled = await this.#cached.offer(value)
    if (settled !== 'absent') return settled
    try {
      return (await this.#reload.since(performance.now())).settled
    } catch {
      // The change is made, whether or not the source can still be read. The next read meets the same, and tells.
      return 'unavailable'
    }
  }

  async #forget(): Promise<void> {
    // Where this fails the old value is met again with the cache, and again found out by the next look.
    await unlessUnavailable(this.#cached.forget())
  }
}

function tooSlow(): CacheUnavailable {
  return new CacheUnavailable('the cache is too slow')
}
