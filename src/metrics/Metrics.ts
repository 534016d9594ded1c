import { Counter, Histogram, Registry } from 'prom-client'
import type { CacheObserver, CacheOperation, SourceQuery } from '../cache/index.js'
import type { Logger } from '../process/log.js'
import type { CacheUse } from '../queue/Queue.js'
import { Availability } from './Availability.js'
import { RollingCounts } from './RollingCounts.js'
import { BUCKETS_SECONDS, Timings } from './Timings.js'

type CacheResult = CacheUse['outcome']
type WriteOperation = 'add' | 'remove'

export const CACHE_RESULTS = ['hit', 'miss', 'stale', 'bypass'] as const satisfies readonly CacheResult[]
const RECENT_SLOTS = 90
const RECENT_SLOT_MS = 10_000

/**
 * What this process has done since it started. `/metrics` prints the registry, `/status` reads from it.
 * https://prometheus.io/docs/practices/naming/
 */
export class Metrics implements CacheObserver {
  readonly registry = new Registry()
  readonly memcache: Availability
  readonly postgres: Availability
  /** Page loads and writes of the last 15 minutes. */
  readonly recent = new RollingCounts([...CACHE_RESULTS, 'write'] as const, RECENT_SLOTS, RECENT_SLOT_MS)
  /** By status, because a refusal does not take the same time as a page. */
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time until a request was answered, by route and status.',
    labelNames: ['route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [this.registry],
  })
  readonly pageLoads = new Histogram({
    name: 'queue_page_load_duration_seconds',
    help: 'Time until a page was there, by cache result.',
    labelNames: ['result'],
    buckets: BUCKETS_SECONDS,
    registers: [this.registry],
  })
  readonly publishes = new Counter({
    name: 'queue_publishes_total',
    help: 'Writes, by whether the cache confirmed the page that they made.',
    labelNames: ['result'],
    registers: [this.registry],
  })
  readonly writes = new Timings<WriteOperation>(this.registry, {
    name: 'queue_write',
    help: 'Adds and removes',
    label: 'operation',
    values: ['add', 'remove'],
  })
  readonly cacheOperations = new Timings<CacheOperation>(this.registry, {
    name: 'queue_cache_operation',
    help: 'Operations of the cache',
    label: 'operation',
    values: ['touch', 'gets', 'add', 'cas', 'delete'],
  })
  readonly sourceQueries = new Timings<SourceQuery>(this.registry, {
    name: 'queue_source_query',
    help: 'Queries to Postgres for the first page or its version',
    label: 'query',
    values: ['load', 'version_check'],
  })

  /** @param processName distinguishes this process from others that answer at the same address */
  constructor(processName: string, log: Logger) {
    this.memcache = new Availability('memcache', log)
    this.postgres = new Availability('Postgres', log)
    // Without this label, the counters of several processes would look like one that jumps.
    this.registry.setDefaultLabels({ process: processName })
    // Prometheus should see a series before its first event.
    for (const result of CACHE_RESULTS) this.pageLoads.zero({ result })
    for (const result of ['confirmed', 'unconfirmed']) this.publishes.inc({ result }, 0)
  }

  /** @param route a pattern, never an address, so that the number of time series is bounded */
  onRequest(route: string, status: number, durationMs: number): void {
    this.#requests.observe({ route, status }, durationMs / 1000)
  }

  onPageLoad(result: CacheResult, durationMs: number): void {
    this.pageLoads.observe({ result }, durationMs / 1000)
    this.recent.count(result)
  }

  onWrite(operation: WriteOperation, durationMs: number, failed: boolean): void {
    this.writes.observe(operation, durationMs, failed)
    if (!failed) this.recent.count('write')
  }

  onOperation(operation: CacheOperation, durationMs: number, failed: boolean): void {
    this.cacheOperations.observe(operation, durationMs, failed)
  }

  onSourceQuery(query: SourceQuery, durationMs: number, failed: boolean): void {
    this.sourceQueries.observe(query, durationMs, failed)
  }

  onPublish(confirmed: boolean): void {
    this.publishes.inc({ result: confirmed ? 'confirmed' : 'unconfirmed' })
  }
}
