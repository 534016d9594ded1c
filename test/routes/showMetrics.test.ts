import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { NOWHERE, openClient } from '../support/database.js'
import { readMetrics } from '../support/metrics.js'
import { until, untilEqual } from '../support/poll.js'
import { startTestApp } from '../support/testApp.js'
import { app, memcached } from './appWithoutLease.js'

const HTML = { Accept: 'text/html' }

/** How much each metric has grown meanwhile. */
async function changes(during: () => Promise<unknown>): Promise<(name: string) => number> {
  const before = await readMetrics(app)
  await during()
  const after = await readMetrics(app)
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
}

const resultsOf = (change: (name: string) => number) =>
  ['hit', 'miss', 'stale', 'bypass'].map((result) =>
    change(`queue_page_load_duration_seconds_count{result="${result}"}`),
  )

test('is text that Prometheus can read, and has the metrics of Node', async () => {
  const response = await app.get('/metrics').expect(200)
  expect(response.headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  })
  const metrics = await readMetrics(app)
  expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  expect([...metrics.keys()]).toContain('nodejs_eventloop_lag_seconds')
})

test('docs/operating.md explains each metric of ours, and no other', async () => {
  const docs = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const [table = ''] = docs.match(/^\| metric (.*\n)*?\n/m) ?? []
  const explained = [...table.matchAll(/`((queue|http)_\w+)`/g)].map(([, name]) => name)
  const { text } = await app.get('/metrics').expect(200)
  const existing = [...text.matchAll(/^# TYPE ((queue|http)_\w+)/gm)].map(([, name]) => name)
  expect(explained.toSorted()).toEqual(existing.toSorted())
})

const hasPromtool = spawnSync('promtool', ['--version']).status === 0

;(hasPromtool ? test : test.skip)('promtool has no complaint', async () => {
  await app.add('one')
  await app.get('/?after=x', HTML).expect(400)
  const { text } = await app.get('/metrics').expect(200)
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

test('counts requests by route and status, and never by address', async () => {
  const change = await changes(async () => {
    await app.get('/?after=1', HTML).expect(200)
    await app.get('/?after=x', HTML).expect(400)
    await app.get('/healthz').expect(200)
    for (const path of ['/nope', '/nope/2', '/add/', '/%0a', '/assets/x'])
      await app.get(path, HTML).expect(404)
    const sheet = /href="(\S+\/styles\.css)"/.exec(await app.html())?.[1] ?? ''
    await app.get(sheet).expect(200)
    await app.postForm('/add', 'text=', HTML).expect(422)
    await app.add('one')
  })
  const counted = (route: string, status: number) =>
    change(`http_request_duration_seconds_count{route="${route}",status="${status}"}`)
  expect([counted('/', 200), counted('/', 400)]).toEqual([2, 1])
  expect([counted('/healthz', 200), counted('other', 404), counted('/assets', 200)]).toEqual([1, 5, 1])
  expect([counted('/add', 422), counted('/add', 201)]).toEqual([1, 1])
  const routes = [...(await readMetrics(app)).keys()].flatMap(
    (name) => /route="([^"]+)"/.exec(name)?.[1] ?? [],
  )
  expect([...new Set(routes)].sort()).toEqual(['/', '/add', '/assets', '/healthz', '/metrics', 'other'])
})

test('durations are histograms: each bucket counts the shorter ones too, and the last counts all', async () => {
  for (let load = 0; load < 5; load++) await app.queue()
  const metrics = await readMetrics(app)
  const name = 'http_request_duration_seconds'
  const series = 'route="/",status="200"'
  const classes = [...metrics].filter(([key]) => key.includes('_bucket') && key.includes(series))
  const counts = classes.map(([, count]) => count)
  expect(classes.map(([key]) => /le="([^"]+)"/.exec(key)?.[1])).toEqual(
    '0.0001 0.0002 0.0005 0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 +Inf'.split(' '),
  )
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect([counts.at(-1), metrics.get(`${name}_count{${series}}`)]).toEqual([5, 5])
  expect(metrics.get(`${name}_sum{${series}}`)).toBeGreaterThan(0)
})

// On a busy machine memcached may answer too late once, which makes a load a bypass: then it is tried again.
test.each([
  ['a hit', [1, 0, 0, 0], 0, () => app.queue()],
  ['a miss', [0, 1, 0, 0], 1, () => memcached.command('flush_all').then(() => app.queue())],
  [
    'a stale entry',
    [0, 0, 1, 0],
    1,
    () => app.sql("insert into item (text) values ('past the cache')").then(() => app.queue()),
  ],
  ['a bypass', [0, 0, 0, 1], 0, () => app.queue('/?after=1')],
] as const)('counts %s as nothing else, and its load from Postgres', async (what, results, loads, load) => {
  const counted = async () => {
    const change = await changes(load)
    return [...resultsOf(change), change('queue_source_query_duration_seconds_count{query="load"}')]
  }
  await untilEqual(`${what} is counted`, counted, [...results, loads])
})

test('counts writes, and whether the cache confirmed them', async () => {
  await app.queue()
  const counted = async () => {
    const change = await changes(async () => {
      await app.add('one')
      await app.add('two')
      await app.remove()
    })
    return [
      change('queue_write_duration_seconds_count{operation="add"}'),
      change('queue_write_duration_seconds_count{operation="remove"}'),
      change('queue_publishes_total{result="confirmed"}'),
      change('queue_cache_operation_duration_seconds_count{operation="cas"}'),
      change('queue_publishes_total{result="unconfirmed"}'),
    ]
  }
  await untilEqual('each write is counted and confirmed', counted, [2, 1, 3, 3, 0])
})

test('shows that the cache is lost (bypasses, failed operations, unconfirmed writes) and that it is back', async () => {
  await app.add('one')
  await memcached.kill()
  const change = await changes(async () => {
    await app.queue()
    await app.add('two')
  })
  expect(resultsOf(change)).toEqual([0, 0, 0, 1])
  const failures = ['touch', 'gets'].map((operation) =>
    change(`queue_cache_operation_failures_total{operation="${operation}"}`),
  )
  expect(Math.max(...failures)).toBeGreaterThan(0)
  expect(change('queue_publishes_total{result="unconfirmed"}')).toBe(1)
  expect((await readMetrics(app)).get('queue_cache_up')).toBe(0)
  await memcached.start()
  await until('the cache is up', async () => (await readMetrics(app)).get('queue_cache_up') === 1)
})

test('shows the queue, the audit and the pools', async () => {
  const { version, length } = await app.add('one')
  const metrics = await readMetrics(app)
  expect([metrics.get('queue_version'), metrics.get('queue_length')]).toEqual([version, length])
  expect([metrics.get('queue_stale_pages_total'), metrics.get('queue_postgres_up')]).toEqual([0, 1])
  expect(metrics.get('queue_pool_connections{pool="write",state="idle"}')).toBeGreaterThan(0)
  expect(metrics.get('queue_pool_waiting{pool="write"}')).toBe(0)
  expect(metrics.get('queue_event_clients')).toBe(0)
})

test('shows that the connection to write with is busy, and how many queries wait for it', async () => {
  const blocker = await openClient(app.environment.DATABASE_URL)
  await blocker.query('begin; select from queue for update')
  // Not through the queue, which sends one write at a time.
  const writes = [1, 2].map(() =>
    app.services.database.write('select from queue for update', () => [], 20_000),
  )
  await until('one is busy and one waits', async () => {
    const metrics = await readMetrics(app)
    const busy = metrics.get('queue_pool_connections{pool="write",state="busy"}')
    return busy === 1 && metrics.get('queue_pool_waiting{pool="write"}') === 1
  })
  await blocker.end()
  await Promise.all(writes)
})

test('while Postgres is down, everything is shown except what only Postgres knows', async () => {
  const lost = await startTestApp({ MEMCACHIER_SERVERS: '', DATABASE_URL: NOWHERE })
  await lost.get('/', HTML).expect(503)
  await lost.postForm('/remove', '', HTML).expect(503)
  const metrics = await readMetrics(lost)
  expect(metrics.get('queue_postgres_up')).toBe(0)
  expect(metrics.get('queue_write_failures_total{operation="remove"}')).toBe(1)
  expect([...metrics.keys()]).not.toContain('queue_version')
  await lost.close()
})
