import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './Metrics.js'
import { readFront, type StatusSources } from './StatusSources.js'

/** Gauges with a counter's suffix, which `promtool check metrics` rejects. Each is the sum of one without the suffix. */
const MISNAMED_DEFAULTS = ['resources', 'handles', 'requests'].map((what) => `nodejs_active_${what}_total`)

/** Registers the metrics that are read on request: Node's own, and the state of the cache, Postgres and the queue. */
export function registerLiveMetrics({ registry, memcache, postgres }: Metrics, sources: StatusSources): void {
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name)
  registerPools(registry, sources)

  const gauge = gaugeIn(registry)
  gauge('queue_cache_up', 'Whether the cache answered when last needed.', () => Number(memcache.isUp))
  gauge('queue_postgres_up', 'Whether Postgres answered when last needed.', () => Number(postgres.isUp))
  gauge('queue_event_clients', 'Clients that listen to /events.', () => sources.events.count)
  const front = async () => (await readFront(sources))?.snapshot
  gauge('queue_version', 'The version of the queue. Absent if unknown.', async () => (await front())?.version)
  gauge('queue_length', 'Items in the queue. Absent if unknown.', async () => (await front())?.length)

  const counter = counterIn(registry)
  const { audit } = sources.cache
  counter('queue_audits_total', 'Checks of the cache against Postgres.', () => audit.audits)
  counter('queue_stale_pages_total', 'Stale pages that these found. Must stay 0.', () => audit.staleReads)
}

function registerPools(registry: Registry, sources: StatusSources): void {
  const registers = [registry]
  new Gauge({
    name: 'queue_pool_connections',
    help: 'Connections to Postgres, by pool and state.',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const { name: pool, idle, busy } of sources.database.pools()) {
        this.set({ pool, state: 'idle' }, idle)
        this.set({ pool, state: 'busy' }, busy)
      }
    },
  })
  new Gauge({
    name: 'queue_pool_waiting',
    help: 'Queries that wait for a connection, by pool.',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const { name: pool, waiting } of sources.database.pools()) this.set({ pool }, waiting)
    },
  })
}

type Read = () => number | undefined | Promise<number | undefined>

function gaugeIn(registry: Registry) {
  return (name: string, help: string, read: Read) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
}

/** A counter whose value is kept elsewhere. */
function counterIn(registry: Registry) {
  return (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
}
