import pg from 'pg'
import { WRITE_DEADLINE_MS } from '../../src/db/Database.js'
import { connectTo } from '../db/connectTo.js'
import { createDatabase, query, type TestDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.js'
import { until } from '../support/poll.js'
import { procfileCommand, runCommand, startWeb, type WebProcess } from '../support/webProcess.js'
import { add, load, remove } from './client.js'

// Fewer connections than clients, so that they change hands all the time.
const SERVER_CONNECTIONS = 3

let database: TestDatabase
let memcached: Memcached
let pgbouncer: PgBouncer
let env: Record<string, string>
let webs: readonly WebProcess[] = []

beforeAll(async () => {
  database = await createDatabase()
  memcached = await startMemcached()
  pgbouncer = await startPgBouncer(database.url, { default_pool_size: String(SERVER_CONNECTIONS) })
  env = { DATABASE_URL: pgbouncer.url, MEMCACHIER_SERVERS: memcached.address, LOG_LEVEL: 'error' }
})

afterAll(async () => {
  await Promise.all(webs.map((web) => web.stop()))
  await pgbouncer.stop()
  await memcached.kill()
  await database.drop()
})

test('migrates through PgBouncer in transaction mode, from several places at once, and holds no lock afterwards', async () => {
  await openEveryConnection()
  const release = () => runCommand(procfileCommand('release'), env)
  const results = await Promise.all([release(), release(), release()])
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([0, 0, 0].map((code) => [code, '']))
  expect(await query(database.url, "select * from pg_locks where locktype = 'advisory'")).toEqual([])
})

test('loads, adds and removes through PgBouncer in transaction mode, from two processes at once', async () => {
  const [one, other] = await Promise.all([startWeb(env), startWeb(env)])
  webs = [one, other]
  async function visitor(number: number): Promise<void> {
    const [here, there] = number % 2 === 0 ? [one, other] : [other, one]
    for (let round = 0; round < 50; round++) {
      const { version } = await add(here.url, `${number}-${round}`)
      expect((await load(there.url)).version).toBeGreaterThanOrEqual(version)
      await fetch(`${here.url}/?after=1`).then((response) => expect(response.status).toBe(200))
      await remove(there.url)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => visitor(number)))
  expect(await load(one.url)).toMatchObject({ length: 0, current: true })
  expect(webs.flatMap((web) => web.lines)).toEqual([])
})

test('reads that hold all connections that PgBouncer accepts leave one to a write', async () => {
  const narrow = await startPgBouncer(database.url, { max_client_conn: '2' })
  const scarce = connectTo(narrow.url)
  try {
    await until('reads hold both', async () => {
      await Promise.allSettled(
        [1, 2].map((number) => scarce.read('select pg_sleep(0.05), $1::int', [number])),
      )
      return scarce.pools()[0]?.idle === 2
    })
    await until('it is written', async () => {
      await scarce.write('select', () => [], WRITE_DEADLINE_MS)
      return true
    })
    expect(await scarce.read('select 1 as one')).toEqual([{ one: 1 }])
  } finally {
    await scarce.close()
    await narrow.stop()
  }
})

/** From here on each statement outside a transaction runs on another connection than the one before it. */
async function openEveryConnection(): Promise<void> {
  const clients = Array.from({ length: SERVER_CONNECTIONS }, () => new pg.Client(pgbouncer.url))
  await Promise.all(clients.map((client) => client.connect()))
  await Promise.all(clients.map((client) => client.query('begin')))
  await Promise.all(clients.map((client) => client.query('commit')))
  await Promise.all(clients.map((client) => client.end()))
}
