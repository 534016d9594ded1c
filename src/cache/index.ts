export type { BreakerEvents } from './Breaker.js'
export type { Reading } from './CachedKey.js'
export type { CacheObserver, CacheOperation, SourceQuery } from './CacheObserver.js'
export type { CacheOptions } from './CacheOptions.js'
export { CacheService } from './CacheService.js'
export {
  type CacheStore,
  CacheUnavailable,
  type StoredBytes,
  type Token,
  unlessUnavailable,
} from './CacheStore.js'
export type { Codec } from './envelope.js'
export type { FreshnessAudit, StaleRead } from './FreshnessAudit.js'
export { hostAndPort, type MemcacheAddress, type MemcacheCredentials } from './MemcacheConnection.js'
export type { MemcacheOptions } from './MemcacheServer.js'
export { MemcacheStore } from './MemcacheStore.js'
export { MemoryStore } from './MemoryStore.js'
export type { Counter } from './memcacheProtocol.js'
export { type Source, VersionError, type Versioned, type Versions } from './Source.js'
