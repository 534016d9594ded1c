import { type CacheStore, MemcacheStore, MemoryStore } from './cache/index.js'
import type { Config } from './config.js'
import type { SharedCounters } from './limits/RateLimitStore.js'
import type { Metrics } from './metrics/Metrics.js'

interface OpenedStore {
  readonly store: CacheStore
  /** How long the cache may be trusted after a version check. */
  readonly leaseMs: number
  /** Counters that all processes share; undefined if there is no memcache. */
  readonly counters?: SharedCounters
}

/** The cache that the configuration names. Waits for no memcache that is away. */
export async function openStore(config: Config, metrics: Metrics): Promise<OpenedStore> {
  const { cacheTtlSeconds: ttlSeconds, memcache, freshnessLeaseMs: leaseMs } = config
  if (memcache.servers.length === 0) {
    // With the embedded database there is only one process, so its lease never ends. If several processes share the
    // database but not the cache, each page load must check the version.
    return { store: new MemoryStore({ ttlSeconds }), leaseMs: config.postgres ? 0 : Number.POSITIVE_INFINITY }
  }
  const store = new MemcacheStore({
    servers: memcache.servers,
    credentials: memcache,
    ttlSeconds,
    keyPrefix: config.cacheKeyPrefix,
    events: metrics.memcache,
  })
  await store.ready
  return { store, leaseMs, counters: store }
}
