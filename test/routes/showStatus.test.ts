import type { Status } from '../../src/status/status.js'
import { createDatabase, NOWHERE } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { app, memcached } from './appWithoutLease.js'

const HTML = { Accept: 'text/html' }

afterEach(async () => {
  for (const other of others.splice(0)) await other.close()
  for (const server of hanging.splice(0)) await server.kill()
})

const others: TestApp[] = []
const hanging: Memcached[] = []

async function startOther(environment: Record<string, string>): Promise<TestApp> {
  const other = await startTestApp(environment)
  others.push(other)
  return other
}

async function hangingServer(): Promise<string> {
  const server = await startMemcached()
  hanging.push(server)
  server.pause()
  return server.address
}

async function statusOf(watched: TestApp): Promise<Status> {
  return (await watched.get('/status', { Accept: 'application/json' }).expect(200)).body
}

/** The text of the page. */
async function words(watched: TestApp, path = '/status'): Promise<string> {
  const page = (await watched.get(path, HTML).expect(200)).text
  return page
    .slice(page.indexOf('<body'))
    .replace(/<title[^>]*>[^<]*<\/title>|<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}

function recent({ recent: { slots } }: Status) {
  const total = (name: keyof (typeof slots)[number]) => sum(slots.map((slot) => slot[name]))
  return {
    hit: total('hit'),
    miss: total('miss'),
    other: total('stale') + total('bypass'),
    write: total('write'),
  }
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)

test('says as JSON what the cache did for the page loads and writes of this process', async () => {
  const single = await startOther({ ...app.environment, MEMCACHIER_SERVERS: '' })
  await single.queue()
  await single.queue()
  await single.add('one')
  const { version, length } = await single.remove()
  const status = await statusOf(single)
  expect(status.recent.slots.length * status.recent.slotSeconds).toBe(15 * 60)
  expect(recent(status)).toEqual({ hit: 1, miss: 1, other: 0, write: 2 })
  expect([sum(status.loads.hit), sum(status.loads.other)]).toEqual([1, 1])
  expect(status.loads.hit).toHaveLength(status.loads.boundsMs.length + 1)
  expect(status).toMatchObject({
    process: { name: `web:${process.pid}` },
    problems: [],
    postgres: { ready: true },
    memcache: [],
    cache: { name: 'memory', up: true },
    lease: { ms: 0, failures: 0 },
    queue: { version, length, current: true },
    audit: { stalePages: 0 },
    writes: { add: 1, remove: 1, failed: 0, confirmed: 2, unconfirmed: 0 },
  })
})

test('a request for it does not count as a page load', async () => {
  for (let read = 0; read < 3; read++) await app.get('/status', HTML).expect(200)
  expect(recent(await statusOf(app))).toEqual({ hit: 0, miss: 0, other: 0, write: 0 })
})

test('the page says the same as the JSON, and that it is about one process', async () => {
  const single = await startOther({ ...app.environment, MEMCACHIER_SERVERS: '' })
  await single.queue()
  await single.queue()
  await single.add('one')
  const page = await words(single)
  expect(page).toContain(`One process: web:${process.pid}`)
  expect(page).toContain('All is well')
  expect(page).toContain('There is no memcache server')
  expect(page).toContain('2 page loads, 50% from the cache.')
  expect(page).toContain('1 hit 1 miss 0 refused as stale 0 past the cache')
  expect(page).toContain(
    'Since this process started: 1 add, 0 removes, 0 failed. The cache confirmed each of them.',
  )
})

test('shows the memcache server’s own statistics', async () => {
  await app.add('one')
  await app.queue()
  const [server] = (await statusOf(app)).memcache
  const own = await memcached.stats()
  expect(server).toMatchObject({
    server: memcached.address,
    stats: { items: own.curr_items, limitBytes: 64 * 1024 * 1024, evictions: 0 },
  })
  expect(await words(app)).toMatch(/\d+ bytes of 64 MB used, less than 0\.1%/)
})

test('refreshes itself, by a script or without JavaScript, unless held, and then has tables', async () => {
  const live = await app.get('/status', HTML).expect(200)
  expect(live.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'Accept' })
  expect(live.text).toMatch(/<script type="module" src="[^"]+\/status\.js">/)
  expect(live.text).toContain('<noscript><meta http-equiv="refresh" content="10"></noscript>')
  expect(live.text).not.toContain('<table>')
  const held = await app.get('/status?refresh=off', HTML).expect(200)
  expect(held.text).not.toMatch(/<script|http-equiv/)
  expect(held.text.match(/<table>/g)).toHaveLength(2)
  expect(await words(app, '/status?refresh=off')).toContain('this minute 0 0 0 0 0 1 min ago')
})

test.each([
  ['has gone', async () => '127.0.0.1:1', /ECONNREFUSED/],
  ['hangs', hangingServer, /no answer within 500 ms/],
])('says that a memcache server %s, and still answers 200', async (_, address, problem) => {
  const server = await address()
  const lost = await startOther({ ...app.environment, MEMCACHIER_SERVERS: server })
  const status = await statusOf(lost)
  expect(status.memcache).toEqual([{ server, problem: expect.stringMatching(problem) }])
  expect(status).toMatchObject({ cache: { up: false }, queue: { current: true } })
  expect(status.problems).toHaveLength(2)
  const page = await words(lost)
  expect(page).toContain('Not all is well')
  expect(page).toContain('Every page comes from Postgres')
  expect(page).toContain('No statistics:')
})

test('says why this database can’t be used, in one sentence', async () => {
  const { url, drop } = await createDatabase()
  const unmigrated = await startOther({ MEMCACHIER_SERVERS: '', DATABASE_URL: url })
  expect(await words(unmigrated)).toContain(
    'Nothing can be added or removed: The database is not migrated: run `npm run migrate` (`release:` does). ',
  )
  await drop()
})

test('says that Postgres is down, and why', async () => {
  const lost = await startOther({ MEMCACHIER_SERVERS: '', DATABASE_URL: NOWHERE })
  expect(await statusOf(lost)).toMatchObject({ postgres: { ready: false }, queue: null })
  const page = await words(lost)
  expect(page).toContain('Not all is well')
  expect(page).toMatch(
    /Nothing can be added or removed: Postgres is unavailable: .*ECONNREFUSED 127\.0\.0\.1:1\./,
  )
})
