import {
  type BreakerEvents,
  CacheService,
  type CacheStore,
  type MemcacheEvents,
  MemcacheStore,
  MemoryStore,
} from './cache/index.js'
import type { Config } from './config.js'
import type { Database } from './db/Database.js'
import { DatabaseUnavailable, NotConnectedYet, TooBusy } from './db/errors.js'
import { findObstacle } from './db/migrations.js'
import { PostgresDatabase } from './db/PostgresDatabase.js'
import { poolSizes } from './db/poolSizes.js'
import { RateLimitStore, type SharedCounters } from './limits/RateLimitStore.js'
import type { Availability } from './metrics/Availability.js'
import { registerLiveMetrics } from './metrics/liveMetrics.js'
import { MeasuredQueue } from './metrics/MeasuredQueue.js'
import { Metrics } from './metrics/Metrics.js'
import { askMemcacheServers } from './metrics/memcacheStats.js'
import type { StatusSources } from './metrics/StatusSources.js'
import { ASSETS_VERSION } from './pages/assets.js'
import { EventStreams } from './pages/EventStreams.js'
import type { Logger } from './process/log.js'
import { CachedQueue } from './queue/CachedQueue.js'
import type { Queue, Snapshot } from './queue/Queue.js'
import { QueueRepository } from './queue/QueueRepository.js'
import { QueueWatcher } from './queue/QueueWatcher.js'
import { snapshotCodec } from './queue/snapshotCodec.js'
import { type Status, takeStatus } from './status/status.js'

/** The app's dependencies. */
export interface Services {
  readonly queue: Queue
  /** Tells those who watch the queue of its changes. */
  readonly watcher: QueueWatcher
  /** The windows that are told of them. */
  readonly events: EventStreams
  readonly database: Database
  /** How many writes each client address has made lately. */
  readonly rateLimitStore: RateLimitStore
  /** Counts requests. */
  readonly requests: Pick<Metrics, 'onRequest'>
  /** What `/status` shows. */
  status(): Promise<Status>
  /** What `/metrics` shows. */
  metrics(): Promise<string>
  /** What keeps the process from serving, in words for operators; undefined if it is ready. Throws if Postgres is away. */
  findObstacle(): Promise<string | undefined>
  close(): Promise<void>
}

/** The one place where the objects are made and put together. Waits for no server that is away. */
export async function createServices(config: Config, log: Logger): Promise<Services> {
  const processName = `${config.name}:${process.pid}`
  const metrics = new Metrics(processName)
  const database = await openDatabase(config, log)
  database.connect()
  const { pageSize, slowQueryMs } = config
  const repository = new QueueRepository({ database, pageSize, slowQueryMs })
  const { store, counters } = await openStore(config, metrics, log)
  const cache = new CacheService({
    store,
    codec: snapshotCodec(pageSize),
    source: {
      load: () => repository.page(0),
      async versions(keys) {
        const { origin, version } = await repository.version()
        return { origin, versions: new Map(keys.map((key) => [key, version])) }
      },
      // A first connection that takes its time is no outage, and there is no last known page to show yet.
      isUnavailable: (error) => error instanceof DatabaseUnavailable && !(error instanceof NotConnectedYet),
    },
    sourceEvents: connectionEvents(log, 'Postgres', metrics.postgres),
    observer: metrics,
    leaseMs: leaseMs(config, store),
    auditOneIn: config.auditOneIn,
    onVersionError: (error) => log.warn({ reason: error.message }, 'the cache and Postgres disagree'),
    onStale: (read) => log.error(read, 'a stale page was shown: please report this'),
  })
  const rateLimitStore = new RateLimitStore(counters && { counters, prefix: () => counterPrefix(cache) })
  const queue = new CachedQueue({
    queue: repository,
    cache,
    cacheName: store.name,
    onChange: (change) => watcher.publish(change),
  })
  const watcher = new QueueWatcher(() => queue.front())
  const events = new EventStreams(watcher, ASSETS_VERSION)
  const sources = statusSources({ config, store, cache, queue, database, events })
  registerLiveMetrics(metrics, sources)
  return {
    queue: new MeasuredQueue(queue, metrics),
    watcher,
    events,
    database,
    rateLimitStore,
    requests: metrics,
    status: () => takeStatus(metrics, processName, sources),
    metrics: () => metrics.registry.metrics(),
    findObstacle: async () => {
      const obstacle = await findObstacle(database)
      // One that is ready knows its database, and so its own entry in the cache, should Postgres be lost before it is asked.
      if (obstacle === undefined) await cache.identifySource()
      return obstacle
    },
    async close() {
      watcher.close()
      cache.close()
      store.close()
      await database.close()
    },
  }
}

/** The database alone, for migrating it. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (!config.postgres) {
    // Only here, because a Postgres in WebAssembly takes memory, and time at the start.
    const { EmbeddedDatabase } = await import('./db/EmbeddedDatabase.js')
    return await EmbeddedDatabase.open(config.dataDir)
  }
  return new PostgresDatabase({
    address: config.postgres,
    pools: poolSizes(config.webConcurrency),
    onIdleLoss: (reason) => log.debug({ reason }, 'an idle connection to Postgres broke'),
  })
}

interface OpenedStore {
  readonly store: CacheStore
  /** Counters that all processes share; undefined if there is no memcache. */
  readonly counters?: SharedCounters
}

async function openStore(config: Config, metrics: Metrics, log: Logger): Promise<OpenedStore> {
  const { cacheTtlSeconds: ttlSeconds, memcache } = config
  if (memcache.servers.length === 0) return { store: new MemoryStore({ ttlSeconds }) }
  const store = new MemcacheStore({
    servers: memcache.servers,
    credentials: memcache,
    ttlSeconds,
    keyPrefix: config.cacheKeyPrefix,
    events: connectionEvents(log, 'memcache', metrics.memcache),
  })
  await store.start()
  return { store, counters: store }
}

/** With the database's identity, because two apps may share a memcache without prefixes, but not one write limit. */
async function counterPrefix(cache: CacheService<Snapshot>): Promise<string | undefined> {
  const origin = await cache.identifySource().catch((error: unknown) => {
    if (error instanceof NotConnectedYet || error instanceof TooBusy) return undefined // the write itself can wait longer
    throw error
  })
  return origin && `writes:${origin}:`
}

function statusSources({
  config,
  store,
  cache,
  queue,
  database,
  events,
}: {
  readonly config: Config
  readonly store: CacheStore
  readonly cache: CacheService<Snapshot>
  readonly queue: Queue
  readonly database: Database
  readonly events: EventStreams
}): StatusSources {
  return {
    store,
    leaseMs: leaseMs(config, store),
    audit: cache.audit,
    isReady: async () => (await findObstacle(database)) === undefined,
    async front() {
      try {
        return await queue.front()
      } catch (error) {
        if (error instanceof DatabaseUnavailable) return undefined // `isReady` says what is wrong
        throw error
      }
    },
    pools: () => database.pools(),
    memcacheServers: () => askMemcacheServers(config.memcache.servers, config.memcache),
    eventClients: () => events.count,
  }
}

/**
 * Memcache is shared by all processes, which agree through leases. A process with an embedded database is the
 * only one. And one that shares its database but not its cache must ask Postgres for the version at each load.
 */
function leaseMs(config: Config, store: CacheStore): number {
  if (store.isShared) return config.freshnessLeaseMs
  return config.postgres ? 0 : Number.POSITIVE_INFINITY
}

/** Logs a loss and a return once each, and notes them for the metrics. */
function connectionEvents(
  log: Logger,
  what: string,
  availability: Availability,
): BreakerEvents & MemcacheEvents {
  return {
    onLost(error: unknown, server?: string) {
      availability.onLost(error)
      log.warn({ server, reason: availability.reason }, `${what} is lost`)
    },
    onRegained(awayMs: number, server?: string) {
      availability.onRegained()
      log.info({ server, awayMs: Math.round(awayMs) }, `${what} is back`)
    },
  }
}
