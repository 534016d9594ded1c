import type { Store } from 'express-rate-limit'
import { CacheService } from './cache/index.js'
import type { Config } from './config.js'
import type { Database } from './db/Database.js'
import { NotConnectedYet, TooBusy } from './db/errors.js'
import { findObstacle } from './db/migrations.js'
import { RateLimitStore } from './limits/RateLimitStore.js'
import { registerLiveMetrics } from './metrics/liveMetrics.js'
import { MeasuredQueue } from './metrics/MeasuredQueue.js'
import { Metrics } from './metrics/Metrics.js'
import { openDatabase } from './openDatabase.js'
import { openStore } from './openStore.js'
import { EventStreams } from './pages/EventStreams.js'
import type { Logger } from './process/log.js'
import { CachedQueue, queueSource } from './queue/CachedQueue.js'
import type { Queue, Snapshot } from './queue/Queue.js'
import { QueueRepository } from './queue/QueueRepository.js'
import { QueueWatcher } from './queue/QueueWatcher.js'
import { snapshotCodec } from './queue/snapshotCodec.js'
import { type Status, takeStatus } from './status/status.js'

/** The app's dependencies. */
export interface Services {
  readonly queue: Queue
  /** Publishes the changes of the queue. */
  readonly watcher: QueueWatcher
  /** Sends them to the open windows. */
  readonly events: EventStreams
  readonly database: Database
  /** How many writes each client address has made lately. */
  readonly rateLimitStore: Store
  /** Counts requests. */
  readonly requests: Pick<Metrics, 'onRequest'>
  /** What `/status` shows. */
  status(): Promise<Status>
  /** What `/metrics` shows. */
  metrics(): Promise<string>
  /** Why the process can't serve, in words for operators; undefined if it is ready. Throws if Postgres is down. */
  findObstacle(): Promise<string | undefined>
  close(): Promise<void>
}

/** The only place where objects are made and connected. Does not wait for a server that is down. */
export async function createServices(config: Config, log: Logger): Promise<Services> {
  const processName = `${config.name}:${process.pid}`
  const metrics = new Metrics(processName, log)
  const database = await openDatabase(config, log)
  database.connect()
  const { pageSize, slowQueryMs } = config
  const repository = new QueueRepository({ database, pageSize, slowQueryMs })
  const { store, leaseMs, counters } = await openStore(config, metrics)
  const cache = new CacheService({
    store,
    codec: snapshotCodec(pageSize),
    source: queueSource(repository),
    sourceEvents: metrics.postgres,
    observer: metrics,
    leaseMs,
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
  const events = new EventStreams(watcher)
  const sources = { store, leaseMs, cache, queue, database, events, memcache: config.memcache }
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
      // A ready process knows the database's origin, so it can use the cache if Postgres is lost before the first load.
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

/** With the database's identity, because two apps may share a memcache without prefixes, but not one write limit. */
async function counterPrefix(cache: CacheService<Snapshot>): Promise<string | undefined> {
  const origin = await cache.identifySource().catch((error: unknown) => {
    if (error instanceof NotConnectedYet || error instanceof TooBusy) return undefined // the write itself can wait longer
    throw error
  })
  return origin && `writes:${origin}:`
}
