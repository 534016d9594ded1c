import { registerLiveMetrics } from '../../src/metrics/liveMetrics.js'
import { Metrics } from '../../src/metrics/Metrics.js'
import type { StatusSources } from '../../src/metrics/StatusSources.js'
import { takeStatus } from '../../src/status/status.js'
import { silentLog } from '../support/silentLog.js'

let metrics: Metrics

beforeEach(() => {
  metrics = new Metrics('web.1', silentLog)
})

/** All that `/status` and `/metrics` read, without servers. */
function sourcesWith(changes: object = {}): StatusSources {
  return {
    store: { name: 'memcache', isShared: true },
    leaseMs: 200,
    cache: { audit: { audits: 5, staleReads: 0 } },
    queue: { front: async () => ({ snapshot: { version: 7, length: 2 }, current: true }) },
    database: { read: () => Promise.reject(new Error('It is down')), pools: () => [] },
    memcache: { servers: [] },
    events: { count: 3 },
    ...changes,
  } as unknown as StatusSources
}

const statusWith = (changes?: object) => takeStatus(metrics, 'web.1', sourcesWith(changes))

test('a stale page that an audit has found is an alarm, in the status and in the metrics', async () => {
  const alarm = expect.stringMatching(/^A stale page was shown/)
  expect((await statusWith()).problems).not.toContainEqual(alarm)
  const cache = { audit: { audits: 5, staleReads: 1 } }
  expect(await statusWith({ cache })).toMatchObject({ audit: { audits: 5, stalePages: 1 } })
  expect((await statusWith({ cache })).problems).toContainEqual(alarm)

  registerLiveMetrics(metrics, sourcesWith({ cache }))
  const counted = async (name: string) =>
    (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value
  for (let read = 0; read < 2; read++) {
    expect([await counted('queue_audits_total'), await counted('queue_stale_pages_total')]).toEqual([5, 1])
  }
  expect(await counted('queue_event_clients')).toBe(3)
})

test('a lease that never ends has no number', async () => {
  expect((await statusWith()).lease.ms).toBe(200)
  expect((await statusWith({ leaseMs: Number.POSITIVE_INFINITY })).lease.ms).toBeNull()
})

test.each(['It is down', 'It is down.'])('the problem "%s" becomes a sentence', async (message) => {
  const database = { read: () => Promise.reject(new Error(message)) }
  expect((await statusWith({ database })).problems).toEqual(['Nothing can be added or removed: It is down.'])
})

test('counts what was done, and what has failed', async () => {
  for (const failed of [false, false, true]) metrics.onSourceQuery('version_check', 1, failed)
  for (const failed of [false, true, true]) metrics.onWrite('add', 1, failed)
  for (const failed of [false, false, true]) metrics.onWrite('remove', 1, failed)
  for (const confirmed of [true, true, false]) metrics.onPublish(confirmed)
  for (const result of ['hit', 'hit', 'miss', 'stale', 'bypass'] as const) metrics.onPageLoad(result, 0.3)
  metrics.onPageLoad('miss', 6_000)
  const { lease, writes, loads } = await statusWith()
  expect(lease).toMatchObject({ renewals: 2, failures: 1 })
  expect(writes).toEqual({ add: 1, remove: 2, failed: 3, confirmed: 2, unconfirmed: 1 })
  const inBuckets = (third: number, last: number) =>
    loads.hit.map((_, bucket) => (bucket === 2 ? third : bucket === 15 ? last : 0))
  expect([loads.hit, loads.other]).toEqual([inBuckets(2, 0), inBuckets(3, 1)])
})
