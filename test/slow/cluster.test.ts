import type pg from 'pg'
import { createDatabase, openClient, query } from '../support/database.js'
import { until } from '../support/poll.js'
import { database } from '../support/useDatabase.js'
import { procfileCommand, runCommand, type WebProcess } from '../support/webProcess.js'
import { add, load, remove } from './client.js'
import { memcached, startReadyWeb, useServers } from './useServers.js'

// Two web processes as deployed, sharing a Postgres and a memcached. That each shows the writes of the other: prove.test.ts.
let webs: [WebProcess, WebProcess]
let postgres: pg.Client

afterAll(async () => {
  await postgres.end()
  await Promise.all(webs.map((web) => web.stop()))
})

useServers()

beforeAll(async () => {
  webs = [await startReadyWeb({ LOG_LEVEL: 'warn' }), await startReadyWeb({ LOG_LEVEL: 'warn' })]
  postgres = await openClient(database.url)
  await postgres.query('create extension pg_stat_statements')
})

test('serves over nine loads in ten from the cache while one client in ten writes', async () => {
  let writing = true
  async function writer(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      await add(webs[i % 2 === 0 ? 0 : 1].url, `busy ${i}`)
      await remove(webs[i % 2 === 0 ? 0 : 1].url)
    }
    writing = false
  }
  const outcomes: string[] = []
  async function reader(number: number): Promise<void> {
    while (writing) outcomes.push((await load(webs[number % 2 === 0 ? 0 : 1].url)).cacheStatus)
  }
  await Promise.all([writer(), ...Array.from({ length: 9 }, (_, number) => reader(number))])
  const hits = outcomes.filter((outcome) => outcome === 'memcache; hit').length
  expect(outcomes.length).toBeGreaterThan(500)
  expect(hits / outcomes.length).toBeGreaterThan(0.9)
}, 120_000)

test('keeps one connection to memcached for each process, even under many page loads', async () => {
  for (let i = 0; i < 10; i++) await load(webs[i % 2 === 0 ? 0 : 1].url)
  const before = await memcached.stats()
  await loadMany(10_000)
  const after = await memcached.stats()
  await until(
    'no more are connected than before',
    async () => ((await memcached.stats()).curr_connections ?? Number.NaN) <= (before.curr_connections ?? 0),
  )
  // One connection asks for these figures. If the machine stalls, a client may be made anew, but never for each load.
  expect((after.total_connections ?? 0) - (before.total_connections ?? 0)).toBeLessThan(10)
  // Loads that arrive in the same instant share a touch.
  expect((after.touch_hits ?? 0) - (before.touch_hits ?? 0)).toBeGreaterThan(100)
}, 120_000)

test('asks Postgres for nothing but the version while all loads are hits, at most 15 times a second a process', async () => {
  await loadMany(100)
  let beganAtMs = 0
  // On a busy machine memcached may answer too late, and then that load is no hit: try again.
  await until(
    'all of 2,000 loads are hits',
    async () => {
      await postgres.query('select pg_stat_statements_reset()')
      beganAtMs = performance.now()
      return (await loadMany(2_000)).every((cacheStatus) => cacheStatus === 'memcache; hit')
    },
    100_000,
  )
  const seconds = (performance.now() - beganAtMs) / 1000
  const { rows } = await postgres.query<{ query: string; calls: string }>(
    `select query, calls from pg_stat_statements s join pg_database d on d.oid = s.dbid
     where datname = current_database() and query not like '%pg_stat_statements%'`,
  )
  expect(rows.map((row) => row.query)).toEqual(['select version, origin from check_version()'])
  expect(Number(rows[0]?.calls)).toBeLessThanOrEqual(Math.ceil(15 * seconds) * webs.length)
}, 120_000)

test('reads no more of Postgres with 1,000,000 items than with 100', async () => {
  const small = await costOfOneRound()
  await postgres.query(`
    insert into item (text) select 'item ' || n from generate_series(1, 1000000) n;
    analyze`)
  const large = await costOfOneRound()
  expect(large.sequentialScans).toBe(0)
  expect(large.rowsRead).toBeLessThanOrEqual(small.rowsRead + 500)

  const page = await load(webs[0].url)
  expect(page.length).toBeGreaterThanOrEqual(1_000_000)
}, 120_000)

describe('when the database is replaced under a cache that is still full', () => {
  test('shows the queue of an older backup', async () => {
    await postgres.end()
    await copyDatabase(database.name, `${database.name}_backup`)
    await until('the web processes are connected again', async () => (await load(webs[0].url)).current)
    const kept = await load(webs[0].url)
    const lost = await add(webs[0].url, 'added after the backup was made')
    expect((await load(webs[1].url)).version).toBe(lost.version)

    await replaceBy(`${database.name}_backup`)
    await showsEverywhere(kept.version)

    const added = await add(webs[0].url, 'added after the restore')
    expect(added.version).toBeGreaterThan(lost.version)
    expect(await load(webs[1].url)).toMatchObject({ version: added.version, length: added.length })
  })

  test('shows a new and empty one', async () => {
    const fresh = await createDatabase()
    const env = { DATABASE_URL: fresh.url }
    expect(await runCommand(procfileCommand('release'), env)).toMatchObject({ code: 0 })
    const [queue] = await query(fresh.url, 'select version from queue')

    await replaceBy(fresh.name)
    await showsEverywhere(Number(queue?.version))
    expect(await load(webs[1].url)).toMatchObject({ length: 0, items: [] })
    await fresh.drop()
  })
})

/** @returns the `Cache-Status` of each load */
async function loadMany(count: number): Promise<string[]> {
  const lanes = 16
  const statuses: string[] = []
  async function lane(number: number): Promise<void> {
    for (let i = number; i < count; i += lanes) {
      statuses.push((await load(webs[i % 2 === 0 ? 0 : 1].url)).cacheStatus)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  return statuses
}

/** A page from the database, an add and a remove. */
async function oneRound(): Promise<void> {
  await memcached.command('flush_all')
  expect((await load(webs[0].url)).cacheStatus).toContain('fwd=')
  await add(webs[0].url, 'one more')
  await remove(webs[0].url)
}

/** What Postgres reads for one round. */
async function costOfOneRound() {
  await postgres.query('select pg_stat_force_next_flush()') // what this test did itself is not to be counted later
  const before = await reads()
  await oneRound()
  // Each backend reports its figures some time after its last statement.
  await until('the figures are in', async () => (await reads()).scans >= before.scans + 3)
  const after = await reads()
  return {
    sequentialScans: after.sequentialScans - before.sequentialScans,
    rowsRead: after.rowsRead - before.rowsRead,
  }
}

async function reads() {
  const { rows } = await postgres.query<Record<'sequential' | 'index' | 'rows', string>>(`
    select seq_scan as sequential, idx_scan as index, idx_tup_fetch + seq_tup_read as rows
    from pg_stat_user_tables where relname = 'item'`)
  const [row] = rows
  return {
    sequentialScans: Number(row?.sequential),
    scans: Number(row?.sequential) + Number(row?.index),
    rowsRead: Number(row?.rows),
  }
}

/** Puts a copy of another database in the place of the one that the web processes use. */
async function replaceBy(other: string): Promise<void> {
  await shared(`drop database ${database.name} with (force)`)
  await copyDatabase(other, database.name)
}

/** Runs a statement outside the database in question. */
async function shared(sql: string): Promise<void> {
  const url = new URL(database.url)
  url.pathname = 'postgres'
  await query(url.href, sql)
}

/** A template must have no other user, so nobody may connect to it meanwhile. */
async function copyDatabase(template: string, name: string): Promise<void> {
  await shared(`alter database ${template} allow_connections false`)
  await shared(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${template}'`)
  await shared(`create database ${name} template ${template}`)
  await shared(`alter database ${template} allow_connections true`)
}

async function showsEverywhere(version: number): Promise<void> {
  for (const web of webs) {
    await until(`version ${version} is shown`, async () => {
      const page = await load(web.url)
      return page.current && page.version === version
    })
  }
}
