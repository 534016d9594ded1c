import pg from 'pg'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import { send } from '../../src/db/send.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'

const DEADLINE_MS = 10_000
const BACKEND = 'select pg_backend_pid() as backend'

let database: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  database = await createDatabase()
})

afterAll(() => database.drop())

beforeEach(() => {
  pool = new pg.Pool({ connectionString: database.url, max: 1 })
})

afterEach(() => pool.end())

async function backend(): Promise<unknown> {
  const [row] = await send(pool, BACKEND, [], DEADLINE_MS)
  return row?.backend
}

test('uses a connection again that is well', async () => {
  expect(await backend()).toBe(await backend())
})

test('gives back what was asked for', async () => {
  expect(await send(pool, 'select $1::int + 1 as sum', [41], DEADLINE_MS)).toEqual([{ sum: 42 }])
})

test.each([
  ['takes too long', 'select pg_sleep(60)', 'did not answer within 50 ms'],
  ['breaks it', 'select pg_terminate_backend(pg_backend_pid())', 'terminating connection'],
  ['is wrong', 'select 1 / 0', 'division by zero'],
])('takes another connection after a statement that %s', async (_what, sql, message) => {
  const before = await backend()
  await expect(send(pool, sql, [], sql.includes('sleep') ? 50 : DEADLINE_MS)).rejects.toThrow(message)
  expect(await backend()).not.toBe(before)
  expect(pool.totalCount).toBe(1)
})

test('outlives a connection that is reset in the middle of a statement', async () => {
  const { proxy, url } = await FaultyProxy.inFrontOf(database.url)
  const resetPool = new pg.Pool({ connectionString: url, max: 1 })
  await send(resetPool, BACKEND, [], DEADLINE_MS)
  const asleep = send(resetPool, 'select pg_sleep(60)', [], DEADLINE_MS)
  const refusal = expect(asleep).rejects.toThrow()
  await proxy.setFault({ kind: 'reset' })
  await refusal
  await proxy.heal()
  expect(await send(resetPool, 'select current_database() as name', [], DEADLINE_MS)).toEqual([
    { name: database.name },
  ])
  await resetPool.end()
  await proxy.close()
})

test('says of a late answer that Postgres is unavailable', async () => {
  await expect(send(pool, 'select pg_sleep(60)', [], 50)).rejects.toBeInstanceOf(DatabaseUnavailable)
})

test('leaves no timer and no listener behind', async () => {
  await backend()
  const before = await leftOvers()
  for (let i = 0; i < 10; i++) await backend()
  expect(await leftOvers()).toEqual(before)
})

async function leftOvers() {
  const client = await pool.connect()
  const listeners = client.listenerCount('error')
  client.release()
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  return { listeners, timers }
}
