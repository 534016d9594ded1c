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
  /** Its counts say what the audit has found so far. */
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
   * Returns a value that is never older than a write that was answered before this call. If the source can't be
   * reached, returns the last known value, marked as not current.
   * @throws the source's error, if the source is unavailable and no value is known, or if it failed otherwise
   * @throws VersionError
   */
  read(key: string): Promise<Reading<T>> {
    this.audit.countRead(key)
    return this.#key(key).read()
  }

  /**
   * Changes the source and then the cache.
   * @param commit makes the change and returns the new value; called once
   * @returns the result of `commit`, as soon as no process can show the old value any more
   * @throws the error of `commit`, or that of a source that is known to be down; then `commit` is not called
   */
  write<C extends { readonly value: T }>(key: string, commit: () => Promise<C>): Promise<C> {
    return this.#key(key).write(commit)
  }

  /**
   * Asks the source for something that is not cached but has the key's version too, such as another part of the same
   * data. Resolves as soon as no later read, in any process, shows an older version.
   */
  bypass<A extends Versioned>(key: string, question: () => Promise<A>): Promise<A> {
    return this.#key(key).bypass(question)
  }

  /** The source's origin. Asks the source if it is not known yet. Undefined while the source can't be reached. */
  identifySource(): Promise<string | undefined> {
    return this.#source.identify()
  }

  /** Ends timers and probes. Does not close the store. */
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
