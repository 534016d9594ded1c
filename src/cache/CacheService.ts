import { CachedKey, type Reading } from './CachedKey.js'
import { type CacheOptions, type ResolvedOptions, withDefaults } from './CacheOptions.js'
import { FreshnessAudit } from './FreshnessAudit.js'
import { LruMap } from './LruMap.js'
import { PUBLISH_DEADLINE_MS } from './Publisher.js'
import type { Versioned } from './Source.js'
import { SourceState } from './SourceState.js'

/**
 * Serves values from a cache that is never out of date: a read that begins after a write was answered shows that
 * write, in every process, whatever happens to the cache or to other writers.
 */
export class CacheService<T extends Versioned> {
  /** The self-audit, and what it has found so far. */
  readonly audit: FreshnessAudit
  readonly #options: ResolvedOptions<T>
  readonly #source: SourceState
  readonly #keys: LruMap<CachedKey<T>>

  constructor(options: CacheOptions<T>) {
    this.#options = withDefaults(options)
    const { maxKeys, auditOneIn, writersWaitMs, onStale } = this.#options
    this.#source = new SourceState(this.#options)
    this.#keys = new LruMap(maxKeys)
    this.audit = new FreshnessAudit({
      oneIn: auditOneIn,
      answeredWithinMs: writersWaitMs + PUBLISH_DEADLINE_MS,
      versions: (keys) => options.source.versions(keys),
      read: (key) => this.#key(key).read(),
      onStale,
    })
  }

  /**
   * The value, never older than any write answered before this call. If the source can't be reached it is the last one
   * known, marked as not current.
   * @throws what the source threw, if it is unavailable and nothing is known, or if it failed otherwise; `VersionError`
   */
  read(key: string): Promise<Reading<T>> {
    this.audit.countRead(key)
    return this.#key(key).read()
  }

  /**
   * Changes the source and then the cache.
   * @param commit makes the change and says what the value is then; called once
   * @returns what `commit` answered, once no process can still show what it replaced
   * @throws what `commit` threw; what the source was lost with, if it is known to be down: then `commit` is not called
   */
  write<C extends { readonly value: T }>(key: string, commit: () => Promise<C>): Promise<C> {
    return this.#key(key).write(commit)
  }

  /**
   * Asks the source something that is not cached, but tells the key's version too, such as another part of the same
   * data. Resolves once no later read, of any process, shows an older version than that.
   */
  bypass<A extends Versioned>(key: string, question: () => Promise<A>): Promise<A> {
    return this.#key(key).bypass(question)
  }

  /** Which source this is, as it says itself; it is asked if it has not said so yet. Undefined while it can't be reached. */
  identifySource(): Promise<string | undefined> {
    return this.#source.identify()
  }

  /** Ends timers and probes. The store has an owner of its own. */
  close(): void {
    this.audit.stop()
    this.#source.stop()
  }

  #key(key: string): CachedKey<T> {
    let known = this.#keys.get(key)
    if (!known) {
      known = new CachedKey(key, this.#source, this.#options)
      this.#keys.set(key, known)
    }
    return known
  }
}
