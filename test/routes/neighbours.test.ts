import { setTimeout as delay } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { MemcacheStore } from '../../src/cache/index.js'
import { createMigratedDatabase, type TestDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until, untilEqual } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// Two apps of the same release on one memcached, each with a database of its own.
const JSON_ = { Accept: 'application/json' }
const LIMIT = 10

let memcached: Memcached
let databases: TestDatabase[]
let unused: TestDatabase[]
let apps: TestApp[]

beforeAll(async () => {
  memcached = await startMemcached()
  databases = [await createMigratedDatabase(), await createMigratedDatabase()]
})

afterAll(async () => {
  await memcached.kill()
  for (const database of databases) await database.drop()
})

beforeEach(async () => {
  await memcached.reset()
  for (const database of databases) await database.execute('truncate item')
  unused = [...databases]
  apps = []
})

afterEach(async () => {
  for (const app of apps) await app.close()
})

/** Starts an app with a database that no other app of the test has. */
async function startApp(environment: Record<string, string> = {}): Promise<TestApp> {
  return await startOn(unused.shift() as TestDatabase, environment)
}

/** One more process of the app with this database. */
async function startOn(database: TestDatabase, environment: Record<string, string> = {}): Promise<TestApp> {
  const app = await startTestApp({
    DATABASE_URL: database.url,
    MEMCACHIER_SERVERS: memcached.address,
    WRITE_LIMIT_PER_MINUTE: String(LIMIT),
    TRUST_PROXY: '1',
    ...environment,
  })
  apps.push(app)
  return app
}

async function texts(app: TestApp): Promise<string[]> {
  const { items, current } = await app.queue()
  expect(current).toBe(true)
  return items.map(({ text }) => text)
}

async function cacheStatus(app: TestApp): Promise<string | undefined> {
  return (await app.get('/', JSON_).expect(200)).headers['cache-status']
}

test('neither app ever shows the queue of the other one, even while both write', async () => {
  const [one, two] = [await startApp(), await startApp()]
  const expected = { one: [] as string[], two: [] as string[] }
  for (let turn = 0; turn < 5; turn++) {
    for (const [name, app] of [
      ['one', one],
      ['two', two],
    ] as const) {
      await app.add(`${name} ${turn}`)
      expected[name].push(`${name} ${turn}`)
      expect(await texts(one)).toEqual(expected.one)
      expect(await texts(two)).toEqual(expected.two)
    }
  }
})

test('with a prefix each, both are served from the cache at the same time', async () => {
  const [one, two] = [
    await startApp({ CACHE_KEY_PREFIX: 'one:' }),
    await startApp({ CACHE_KEY_PREFIX: 'two:' }),
  ]
  await one.add('of one')
  await two.add('of two')
  // More than one in a row: without a prefix, each would take the other's place.
  const statuses = async () => {
    const seen = []
    for (const app of [one, two, one, two]) seen.push(await cacheStatus(app))
    return seen
  }
  await untilEqual('all are hits', statuses, Array(4).fill('memcache; hit'))
  expect(await memcached.command('get one:queue')).toContain('of one')
  expect(await memcached.command('get two:queue')).toContain('of two')
  expect(await memcached.command('get queue')).not.toContain('VALUE')
})

test.each([
  ['without a prefix', {}],
  ['with a prefix', { CACHE_KEY_PREFIX: 'shop:' }],
])(
  '%s exactly as many writes of one address pass as the limit says, on all processes of one app',
  async (_, env) => {
    const one = await startApp(env)
    const other = await startOn(databases[0] as TestDatabase, env)
    const neighbour = await startApp(env)
    const increments = jest.spyOn(MemcacheStore.prototype, 'increment')
    let statuses: number[] = []
    let addresses = 0
    // On a busy machine memcached may answer too late once. Then a process counts alone, and another address is tried.
    await until('memcached has counted each write', async () => {
      const address = `203.0.113.${++addresses}`
      await Promise.all(Array.from({ length: 5 }, () => add(neighbour, address)))
      increments.mockClear()
      const adds = Array.from({ length: 2 * LIMIT }, (_, i) => add(i % 2 ? one : other, address))
      statuses = await Promise.all(adds)
      const counts = await Promise.allSettled(increments.mock.results.map(({ value }) => value))
      return counts.filter(({ status }) => status === 'fulfilled').length === adds.length
    })
    increments.mockRestore()
    expect(statuses.filter((status) => status === 201)).toHaveLength(LIMIT)
    expect(statuses.filter((status) => status === 429)).toHaveLength(LIMIT)
  },
)

async function add(app: TestApp, from: string): Promise<number> {
  return (await app.postJson('/add', '{"text":"a"}', { 'X-Forwarded-For': from })).status
}

describe('a change that somebody makes with SQL past the app is shown at most a lease and 100 ms later', () => {
  const COMMIT_ONE = "insert into item (text) values ('past the app')"
  const SHOWN_WITHIN_MS = 300
  /** Long, because the machine may be busy. */
  const DEADLINE_MS = 2_000

  test.each([
    ['with memcache', {}],
    ['without memcache', { MEMCACHIER_SERVERS: '' }],
  ])('on the front page, %s, in use all the time', async (_what, environment) => {
    const app = await startApp(environment)
    await app.add('first')
    await app.queue()
    await app.sql(COMMIT_ONE)
    const { length } = await readUntilLate(() => app.queue())
    expect(length).toBe(2)
  })

  /** What the first load shows that begins late enough, while other loads go on. */
  async function readUntilLate<R>(read: () => Promise<R>): Promise<R> {
    const committedAtMs = performance.now()
    for (;;) {
      const beganAtMs = performance.now()
      const answer = await read()
      if (beganAtMs - committedAtMs >= SHOWN_WITHIN_MS) return answer
      await delay(5)
    }
  }

  test('on later pages at once', async () => {
    const app = await startApp({ PAGE_SIZE: '1' })
    const { item } = await app.add('first')
    await app.queue()
    await app.sql(COMMIT_ONE)
    expect((await app.queue(`/?after=${item.id}`)).items).toMatchObject([{ text: 'past the app' }])
  })

  test('to open windows', async () => {
    const app = await startApp()
    await app.add('first')
    const { watcher } = app.services
    const end = watcher.subscribe(() => {})
    await watcher.refresh()
    await app.sql(COMMIT_ONE)
    await until('the second is told', () => watcher.latest?.length === 2, DEADLINE_MS)
    end()
  })
})
