import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A function keeps the plans of its statements. The planner takes a table that it knows to be empty for empty.
let app: TestApp

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
  await app.sql('create extension pg_stat_statements')
  await app.sql('alter table item set (autovacuum_enabled = false)')
  await app.sql('vacuum analyze item')
})

afterAll(() => app.close())

/** All that the app asks of Postgres, over each of its connections. */
async function useQueue(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    await app.add(`item ${i}`)
    await app.queue()
    await app.queue('/?after=1')
    await app.remove()
    await app.remove()
  }
}

async function scans(): Promise<{ sequential: number; byIndex: number }> {
  const [row] = await app.sql(
    `select seq_scan::int as sequential, idx_scan::int as "byIndex" from pg_stat_user_tables where relname = 'item'`,
  )
  return row as { sequential: number; byIndex: number }
}

test('the queue is never scanned, with plans that were made while it was empty and known to be', async () => {
  const { sequential } = await scans()
  await useQueue()
  await app.sql(`insert into item (text) select 'item ' || n from generate_series(1, 20000) n`)
  const { byIndex } = await scans()
  await useQueue()
  await until('the statistics tell of it', async () => (await scans()).byIndex > byIndex + 32)
  expect((await scans()).sequential).toBe(sequential)
})

test('no statement of the app is compiled with JIT', async () => {
  await useQueue()
  const [row] = await app.sql(`
    select count(*)::int as statements, sum(jit_functions)::int as compiled from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
      and query ~ 'write_queue|read_page|queue_origin'`)
  expect(row?.statements).toBeGreaterThanOrEqual(3)
  expect(row?.compiled).toBe(0)
})
