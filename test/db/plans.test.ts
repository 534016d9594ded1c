import pg from 'pg'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A function keeps the plans of its statements. The planner takes a table that it knows to be empty for empty.
let app: TestApp

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
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

test.each([
  ['a write', `select * from write_queue('[{"add": "a", "key": "k"}, {}]', 101, 2000)`, 5],
  ['a page', 'select * from read_page(0, 101)', 2],
  ['a version check', 'select * from check_version()', 2],
])(
  '%s neither scans nor is compiled with JIT, not even by a role that has no sequential scans',
  async (_what, sql, statements) => {
    const plans = await explain(sql)
    expect(plans.length).toBeGreaterThanOrEqual(statements)
    for (const plan of plans) {
      expect(plan).not.toMatch(/Seq Scan on (item|queue|answered_write)\b/)
      expect(plan).not.toContain('JIT:')
    }
  },
)

/** The plans of a statement and of those inside the functions that it calls. */
async function explain(sql: string): Promise<string[]> {
  const client = new pg.Client(app.environment.DATABASE_URL)
  const plans: string[] = []
  client.on('notice', ({ message = '' }) => message.includes('plan:') && plans.push(message))
  await client.connect()
  try {
    await client.query(`
      load 'auto_explain';
      set auto_explain.log_min_duration = 0;
      set auto_explain.log_analyze = on;
      set auto_explain.log_nested_statements = on;
      set client_min_messages = log;
      set enable_seqscan = off`)
    await client.query(sql)
    return plans
  } finally {
    await client.end()
  }
}
