import type pg from 'pg'
import { openClient } from '../support/database.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A function keeps the plans of its statements, for as long as the session lasts.
let app: TestApp
let client: pg.Client
let plans: string[]

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
  client = await openClient(app.environment.DATABASE_URL)
  client.on('notice', ({ message = '' }) => message.includes('plan:') && plans.push(message))
})

afterAll(async () => {
  await client.end()
  await app.close()
})

const ADD = `select write_batch('[{"add": "a"}]', 101, 2000, 0, 0)`
const REMOVE = `select write_batch('[{"remove": "oldest"}]', 101, 2000, 0, 0)`
const KEYED = `select write_batch('[{"add": "a", "key": "k"}, {"remove": "oldest"}]', 101, 2000, 0, 0)`
const PAGE = 'select * from read_page(0, 101)'
const LATER_PAGE = 'select * from read_page(1, 101)'
const BEFORE = 'select count_before(15000, 10000)'
const END = 'select last_page_after(100)'
const VERSION = 'select * from check_version()'

const STATEMENTS = [PAGE, LATER_PAGE, BEFORE, END, ADD, REMOVE, KEYED, VERSION]

/** From the sixth time on Postgres keeps a plan. */
async function repeat(...statements: string[]): Promise<void> {
  for (let i = 0; i < 8; i++) for (const sql of statements) await client.query(sql)
}

/** The plans of a statement and of those inside the functions that it calls. */
async function explain(sql: string): Promise<string> {
  plans = []
  await client.query(`
    load 'auto_explain';
    set auto_explain.log_min_duration = 0;
    set auto_explain.log_analyze = on;
    set auto_explain.log_nested_statements = on;
    set client_min_messages = log`)
  await client.query(sql)
  await client.query('set client_min_messages = warning')
  const nested = plans.join('\n')
  expect(nested).toContain('queue_newest') // else nothing was explained
  return nested
}

const SCAN = /Seq Scan on (item|queue|answered_write)\b/

test('plans that were made while the queue was known to be empty scan nothing', async () => {
  await client.query('alter table item set (autovacuum_enabled = false)')
  await client.query('vacuum analyze')
  await repeat(PAGE, LATER_PAGE, BEFORE, END, REMOVE, VERSION)
  await repeat(ADD, PAGE, LATER_PAGE, BEFORE, END, REMOVE, KEYED, VERSION)
  await client.query(`insert into item (text) select 'item ' || n from generate_series(1, 20000) n`)
  for (const sql of STATEMENTS) {
    expect(await explain(sql)).not.toMatch(SCAN)
  }
})

test('nothing is compiled with JIT, not even for a role without sequential scans, and nothing is scanned then', async () => {
  await client.query('set enable_seqscan = off')
  for (const sql of STATEMENTS) {
    const nested = await explain(sql)
    expect(nested).not.toContain('JIT:')
    expect(nested).not.toMatch(SCAN)
  }
})
