import { type CacheStore, MemcacheStore, MemoryStore } from './cache/index.js'
import type { Config } from './config.js'
import type { SharedCounters } from './limits/RateLimitStore.js'
import type { Metrics } from './metrics/Metrics.js'

interface OpenedStore {
  readonly store: CacheStore
  /** Counters that all processes share; undefined if there is no memcache. */
  readonly counters?: SharedCounters
}

/** The cache that the configuration names. Waits for no memcache that is away. */
export async function openStore(config: Config, metrics: Metrics): Promise<OpenedStore> {
  const { cacheTtlSeconds: ttlSeconds, memcache } = config
  if (memcache.servers.length === 0) return { store: new MemoryStore({ ttlSeconds }) }
  const store = new MemcacheStore({
    servers: memcache.servers,
    credentials: memcache,
    ttlSeconds,
    keyPrefix: config.cacheKeyPrefix,
    events: metrics.memcache,
  })
  await store.start()
  return { store, counters: store }
}

/**
 * With memcache, all processes share the cache and agree by their leases. With the embedded database there is only one
 * process, so the lease never ends. If processes share the database but not the cache, each page load must check the
 * version.
 */
export function leaseMs(config: Config, store: CacheStore): number {
  if (store.isShared) return config.freshnessLeaseMs
  return config.postgres ? 0 : Number.POSITIVE_INFINITY
}
