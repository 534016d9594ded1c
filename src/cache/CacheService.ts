import { CachedKey, type Reading } from './CachedKey.js'
import { CacheEntry } from './CacheEntry.js'
import { observedSource, observedStore } from './CacheObserver.js'
import { type CacheOptions, DEFAULTS, type Defaults } from './CacheOptions.js'
import type { CacheStore } from './CacheStore.js'
import { FreshnessAudit } from './FreshnessAudit.js'
import { KeyState } from './KeyState.js'
import { LruMap } from './LruMap.js'
import type { VoidVersion } from './MinVersion.js'
import { PUBLISH_DEADLINE_MS } from './Publisher.js'
import { VersionError, type Versioned } from './Source.js'
import { SourceState } from './SourceState.js'

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
