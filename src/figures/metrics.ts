import { collectDefaultMetrics, Registry } from 'prom-client'
import { expositionOn, type Sample } from './exposition.js'
import type { Figures, Timings } from './Figures.js'
import type { World } from './World.js'

/** Gauges with a counter's ending, which `promtool check metrics` complains of. Each is the sum of one without it. */
const MISNAMED_DEFAULTS = ['resources', 'handles', 'requests'].map((what) => `nodejs_active_${what}_total`)

/**
 * The figures as Prometheus reads them: nothing is counted here, only read whenever somebody asks.
 * https://prometheus.io/docs/practices/naming/
 */
export function createMetrics(figures: Figures, world: World): Registry {
  const registry = new Registry()
  // Several processes may answer behind one address: without this their counters would be taken for one that jumps.
  registry.setDefaultLabels({ process: world.processName })
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name)
  addTraffic(registry, figures)
  addCache(registry, figures, world)
  addState(registry, figures, world)
  return registry
}

function addTraffic(registry: Registry, { requests, pageLoads, writes }: Figures): void {
  const { counter, histogram } = expositionOn(registry)
  counter('http_requests_total', 'Requests answered, by route and status.', () =>
    [...requests.routes].flatMap(([route, { statuses }]) =>
      [...statuses].map(([status, count]): Sample => [count, { route, status: String(status) }]),
    ),
  )
  histogram('http_request_duration_seconds', 'Until the answer was sent, by route.', 'route', () =>
    [...requests.routes].map(([route, { durations }]) => [route, durations]),
  )
  counter('queue_cache_results_total', 'Page loads, by what the cache did for them.', () =>
    Object.entries(pageLoads).map(([result, { count }]) => [count, { result }]),
  )
  histogram('queue_page_load_duration_seconds', 'Until a page was there, by cache result.', 'result', () =>
    Object.entries(pageLoads),
  )
  addTimings(registry, 'queue_write', 'Adds and removes', 'operation', writes)
}

function addCache(registry: Registry, figures: Figures, { audit }: World): void {
  const { counter } = expositionOn(registry)
  const { operations, questions, publishes } = figures
  addTimings(registry, 'queue_cache_operation', 'Operations of the cache', 'operation', operations)
  const what = 'Loads of the page from Postgres, and looks at the version, which renew the lease'
  addTimings(registry, 'queue_source_question', what, 'question', questions)
  counter('queue_publishes_total', 'Writes, by whether the cache confirmed what they made.', () =>
    Object.entries(publishes).map(([result, count]) => [count, { result }]),
  )
  counter('queue_audits_total', 'Checks of the cache against Postgres.', () => [[audit.audits]])
  counter('queue_stale_pages_total', 'Stale pages that these found. Must stay 0.', () => [[audit.stalePages]])
}

function addState(registry: Registry, { memcache, postgres }: Figures, world: World): void {
  const { gauge } = expositionOn(registry)
  gauge('queue_cache_up', 'Whether the cache answered when last needed.', () => [[Number(memcache.isUp)]])
  gauge('queue_postgres_up', 'Whether Postgres answered when last needed.', () => [[Number(postgres.isUp)]])
  gauge('queue_version', 'The version of the queue. Absent where it is not known.', async () =>
    present((await world.front())?.snapshot.version),
  )
  gauge('queue_length', 'Items that wait in the queue. Absent where it is not known.', async () =>
    present((await world.front())?.snapshot.length),
  )
  gauge('queue_event_clients', 'Clients that listen to /events.', () => [[world.eventClients()]])
  gauge('queue_pool_connections', 'Connections to Postgres, by pool and state.', () =>
    world.pools().flatMap(({ name: pool, idle, busy }): Sample[] => [
      [idle, { pool, state: 'idle' }],
      [busy, { pool, state: 'busy' }],
    ]),
  )
  gauge('queue_pool_waiting', 'Queries that wait for a connection, by pool.', () =>
    world.pools().map(({ name: pool, waiting }) => [waiting, { pool }]),
  )
}

/** A histogram of how long something took, and a counter of its failures. */
function addTimings(
  registry: Registry,
  name: string,
  what: string,
  label: string,
  timings: Readonly<Record<string, Timings>>,
): void {
  const { counter, histogram } = expositionOn(registry)
  histogram(`${name}_duration_seconds`, `${what}: how long those took that did not fail.`, label, () =>
    Object.entries(timings).map(([value, { durations }]) => [value, durations]),
  )
  counter(`${name}_failures_total`, `${what}: how many failed.`, () =>
    Object.entries(timings).map(([value, { failures }]) => [failures, { [label]: value }]),
  )
}

function present(value: number | undefined): Sample[] {
  return value === undefined ? [] : [[value]]
}
