import type { BreakerEvents } from './Breaker.js'
import { type CacheObserver, observedSource, observedStore } from './CacheObserver.js'
import type { CacheStore } from './CacheStore.js'
import { type Codec, tolerantCodec } from './envelope.js'
import type { StaleRead } from './FreshnessAudit.js'
import type { Source, VersionError, Versioned } from './Source.js'

export interface CacheOptions<T extends Versioned> {
  readonly store: CacheStore
  /** Prefix of each key in the store, followed by a colon. Without one the keys are used as they are. */
  readonly namespace?: string
  readonly codec: Codec<T>
  readonly source: Source<T>
  /**
   * How long one version check is trusted (see `Lease`). The same in every process. 0: each read waits for a version
   * check. Infinity: no other process writes.
   */
  readonly leaseMs: number
  /** How many keys this process remembers with their values: those used last. Forgetting one costs a version check. */
  readonly maxKeys?: number
  /** If not given, the loss of the source is a warning of the Node process. */
  readonly sourceEvents?: BreakerEvents
  /** Called if a version went back, if one has two contents, or if the cache has a newer version than the source. */
  readonly onVersionError?: (error: VersionError) => void
  /** One read in this many is followed by a check of the cache against the source (see `FreshnessAudit`). 0: never. */
  readonly auditOneIn?: number
  /** Called with a stale read, which must never happen. */
  readonly onStale?: (read: StaleRead) => void
  /** Called with what the cache does, for metrics. */
  readonly observer?: CacheObserver
}

const DEFAULTS = {
  maxKeys: 10_000,
  onVersionError: warn,
  auditOneIn: 0,
  onStale: (read: StaleRead) => warn(`a stale value was read: ${JSON.stringify(read)}`),
}

export type ResolvedOptions<T extends Versioned> = ReturnType<typeof withDefaults<T>>

export function withDefaults<T extends Versioned>(options: CacheOptions<T>) {
  const { codec, leaseMs, observer, store, source } = options
  return {
    ...DEFAULTS,
    ...options,
    codec: tolerantCodec(codec, (error) =>
      warn(`an entry can't be decoded, so it counts as a miss: ${error}`),
    ),
    store: observer ? observedStore(store, observer) : store,
    source: observer ? observedSource(source, observer) : source,
    // How much later an unconfirmed write is answered. If the lease is endless, no other process reads.
    writersWaitMs: Number.isFinite(leaseMs) ? leaseMs : 0,
  }
}

function warn(problem: unknown): void {
  process.emitWarning(problem instanceof Error ? problem : String(problem))
}
