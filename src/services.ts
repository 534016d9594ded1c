import type { BreakerEvents } from './cache/Breaker.js'
import { CacheService } from './cache/CacheService.js'
import type { CacheStore } from './cache/CacheStore.js'
import { MemcacheStore } from './cache/MemcacheStore.js'
import { MemoryStore } from './cache/MemoryStore.js'
import type { Config } from './config.js'
import type { Database } from './db/Database.js'
import { EmbeddedDatabase } from './db/EmbeddedDatabase.js'
import { DatabaseUnavailable } from './db/errors.js'
import { isMigrated } from './db/migrations.js'
import { PostgresDatabase } from './db/PostgresDatabase.js'
import { WriteCounts } from './limits/WriteCounts.js'
import type { Logger } from './log.js'
import { CachedQueue } from './queue/CachedQueue.js'
import type { Queue } from './queue/Queue.js'
import { QueueRepository } from './queue/QueueRepository.js'
import { snapshotCodec } from './queue/snapshotCodec.js'

/** All that the app needs of the world. */
export interface Services {
  readonly queue: Queue
  readonly database: Database
  /** How many writes each client address has made lately. */
  readonly writeCounts: WriteCounts
  /** Whether Postgres answers and is migrated. */
  isReady(): Promise<boolean>
  close(): Promise<void>
}

const CACHE_KEY = 'queue'

/** The one place where the objects are made and put together. Waits for no server that is away. */
export async function createServices(config: Config, log: Logger): Promise<Services> {
  const database = await openDatabase(config, log)
  const { pageSize, slowQueryMs } = config
  const repository = new QueueRepository({ database, pageSize, slowQueryMs })
  const store = await openStore(config, log)
  const cache = new CacheService({
    store,
    key: CACHE_KEY,
    codec: snapshotCodec(pageSize),
    source: {
      load: () => repository.page(0),
      version: () => repository.version(),
      isUnavailable: (error) => error instanceof DatabaseUnavailable,
    },
    sourceEvents: connectionEvents(log, 'Postgres'),
    leaseMs: leaseMs(config, store),
    auditOneIn: config.auditOneIn,
    onStale: (page) => log.error(page, 'a stale page was shown: please report this'),
  })
  const writeCounts = new WriteCounts(store instanceof MemcacheStore ? store : undefined)
  return {
    queue: new CachedQueue(repository, cache, store.name),
    database,
    writeCounts,
    isReady: () => isMigrated(database),
    async close() {
      writeCounts.shutdown()
      cache.close()
      store.close()
      await database.close()
    },
  }
}

/** The database alone, for migrating it. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (!config.postgres) return await EmbeddedDatabase.open(config.dataDir)
  const onIdleError = (error: Error) =>
    log.debug({ error: error.message }, 'an idle connection to Postgres broke')
  return new PostgresDatabase({ connection: config.postgres, onIdleError })
}

async function openStore(config: Config, log: Logger): Promise<CacheStore> {
  const { cacheTtlSeconds: ttlSeconds, memcache } = config
  if (memcache.servers.length === 0) return new MemoryStore({ ttlSeconds })
  const store = new MemcacheStore({
    servers: memcache.servers,
    credentials: memcache,
    ttlSeconds,
    probeKey: CACHE_KEY,
    ...connectionEvents(log, 'memcache'),
  })
  await store.start()
  return store
}

/**
 * Memcache is shared by all processes, which agree through leases. A process with an embedded database is the
 * only one. And one that shares its database but not its cache must ask Postgres for the version at each load.
 */
function leaseMs(config: Config, store: CacheStore): number {
  if (store instanceof MemcacheStore) return config.freshnessLeaseMs
  return config.postgres ? 0 : Number.POSITIVE_INFINITY
}

function connectionEvents(log: Logger, what: string): BreakerEvents {
  return {
    onLost: (error) =>
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, `${what} is lost`),
    onRegained: (awayMs) => log.info({ awayMs: Math.round(awayMs) }, `${what} is back`),
  }
}
