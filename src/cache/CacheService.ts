import type { BreakerEvents } from './Breaker.js'
import { CachedKey, type Reading } from './CachedKey.js'
import { CacheEntry, type Codec } from './CacheEntry.js'
import { type CacheObserver, observedSource, observedStore } from './CacheObserver.js'
import type { CacheStore } from './CacheStore.js'
import { FreshnessAudit, type StaleRead } from './FreshnessAudit.js'
import { KeyState } from './KeyState.js'
import { LruMap } from './LruMap.js'
import type { VoidVersion } from './MinVersion.js'
import { PUBLISH_DEADLINE_MS } from './Publisher.js'
import { type Source, VersionError, type Versioned } from './Source.js'
import { SourceState } from './SourceState.js'

export interface CacheOptions<T extends Versioned> {
  readonly store: CacheStore
  /** Stands with a colon before each key in the store. Without one the keys are used as they are. */
  readonly namespace?: string
  readonly codec: Codec<T>
  readonly source: Source<T>
  /** How long one version check is trusted (see `Lease`). The same in every process. 0: each read has a check of its own. Infinity: no other process writes. */
  readonly leaseMs: number
  /** How many keys, the last used, this process remembers with their values. Forgetting one costs a version check. */
  readonly maxKeys?: number
  /** Hears when the source is lost and regained. */
  readonly sourceEvents?: BreakerEvents
  /** Hears when versions break their rules: one that goes back, or has two contents, or that only the cache has told of. */
  readonly onVersionError?: (error: VersionError) => void
  /** One read in so many is followed by a check of the cache against the source (see `FreshnessAudit`); 0 is never. */
  readonly auditOneIn?: number
  /** Hears of a stale read, which must never happen. */
  readonly onStale?: (read: StaleRead) => void
  /** Hears what the cache does, for metrics. */
  readonly observer?: CacheObserver
}

type Defaults = Required<
  Pick<CacheOptions<Versioned>, 'maxKeys' | 'sourceEvents' | 'onVersionError' | 'auditOneIn' | 'onStale'>
>

const DEFAULTS: Defaults = {
  maxKeys: 10_000,
  sourceEvents: { onLost: warn, onRegained: () => {} },
  onVersionError: warn,
  auditOneIn: 0,
  onStale: (read) => warn(`a stale value was read: ${JSON.stringify(read)}`),
}

/**
 * Serves values from a cache that is never out of date: a read that begins after a write was answered shows that
 * write, in every process, whatever happens to the cache or to other writers.
 */
export class CacheService<T extends Versioned> {
  /** The self-audit, and what it has found so far. */
  readonly audit: FreshnessAudit
  readonly #options: CacheOptions<T> & Defaults
  readonly #store: CacheStore
  readonly #source: SourceState<T>
  readonly #keys: LruMap<CachedKey<T>>
  readonly #writersWaitMs: number

  constructor(options: CacheOptions<T>) {
    this.#options = { ...DEFAULTS, ...options }
    const { store, source, leaseMs, observer, maxKeys, sourceEvents, auditOneIn, onStale } = this.#options
    this.#store = observer ? observedStore(store, observer) : store
    this.#source = new SourceState({
      source: observer ? observedSource(source, observer) : source,
      leaseMs,
      events: sourceEvents,
    })
    this.#keys = new LruMap(maxKeys)
    // An endless lease means that no other process reads.
    this.#writersWaitMs = Number.isFinite(leaseMs) ? leaseMs : 0
    this.audit = new FreshnessAudit({
      oneIn: auditOneIn,
      answeredWithinMs: this.#writersWaitMs + PUBLISH_DEADLINE_MS,
      versions: (keys) => source.versions(keys),
      read: async (key) => {
        const { current, value } = await this.#key(key).read()
        return current ? value : undefined
      },
      onStale,
    })
  }

  /**
   * The value, never older than any write answered before this call. If the source can't be reached it is the last one
   * known, marked as not current.
   * @throws what the source threw, if it is unavailable and nothing is known, or if it failed otherwise; `VersionError`
   */
  async read(key: string): Promise<Reading<T>> {
    this.audit.countRead(key)
    return await this.#key(key).read()
  }

  /**
   * Changes the source and then the cache.
   * @param commit makes the change and says what the value is then; called once
   * @returns what `commit` answered, once no process can still show what it replaced
   * @throws what `commit` threw; what the source was lost with, if it is known to be down: then `commit` is not called
   */
  async write<C extends { readonly value: T }>(key: string, commit: () => Promise<C>): Promise<C> {
    return await this.#key(key).write(commit)
  }

  /**
   * Asks the source something that is not cached, but tells the key's version too, such as another part of the same
   * data. Resolves once no later read, of any process, shows an older version than that.
   */
  async bypass<A extends Versioned>(key: string, question: () => Promise<A>): Promise<A> {
    return await this.#key(key).bypass(question)
  }

  /** Which source this is, as it says itself; it is asked if it has not said so yet. Undefined while it can't be reached. */
  async identifySource(): Promise<string | undefined> {
    try {
      if (this.#source.origin.current === undefined) await this.#source.identify()
    } catch (error) {
      if (!this.#source.isUnavailable(error)) throw error
    }
    return this.#source.origin.current
  }

  /** Ends timers and probes. The store has an owner of its own. */
  close(): void {
    this.audit.stop()
    this.#source.stop()
  }

  #key(key: string): CachedKey<T> {
    const known = this.#keys.get(key)
    if (known) return known
    const fresh = this.#newKey(key)
    this.#keys.set(key, fresh)
    return fresh
  }

  #newKey(key: string): CachedKey<T> {
    const { namespace, codec, leaseMs, observer, onVersionError } = this.#options
    const state: KeyState<T> = new KeyState({
      key,
      origin: this.#source.origin,
      leaseMs,
      onVoid: async (voided, version) => {
        onVersionError(new VersionError(key, describe(voided, version)))
        await entry.discard()
      },
    })
    const entry = new CacheEntry({
      store: this.#store,
      key: namespace ? `${namespace}:${key}` : key,
      codec,
      onNewer: (value) => {
        state.remember(value)
        this.#source.checkSoon(state) // which must confirm it, even if nobody reads here
      },
      onTwoContents: (version) =>
        onVersionError(new VersionError(key, `version ${version} has two contents`)),
    })
    return new CachedKey({
      state,
      entry,
      source: this.#source,
      writersWaitMs: this.#writersWaitMs,
      onPublish: (confirmed) => observer?.onPublish(confirmed),
    })
  }
}

function describe({ version: voided, toldBy }: VoidVersion, version: number): string {
  return toldBy === 'source'
    ? `the source went back from version ${voided} to ${version}`
    : `the cache held version ${voided}, but the source has ${version}; somebody else has written to the cache`
}

function warn(problem: unknown): void {
  process.emitWarning(problem instanceof Error ? problem : String(problem))
}
