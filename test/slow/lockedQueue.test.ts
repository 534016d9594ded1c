import { readFile } from 'node:fs/promises'
import type pg from 'pg'
import { WRITE_DEADLINE_MS } from '../../src/db/Database.js'
import { openClient } from '../support/database.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// Somebody has locked what the app needs for longer than it waits.
let app: TestApp
let other: pg.Client

beforeAll(async () => {
  app = await startTestApp()
  other = await openClient(app.environment.DATABASE_URL)
})

afterAll(async () => {
  await other.end()
  await app.close()
})

beforeEach(async () => {
  await other.query('rollback')
  await app.empty()
  await app.add('first')
})

function waitingForLock() {
  return app.sql(`select query from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
}

test.each([
  ['the row of the queue', 'select from queue for update', 503],
  ['the oldest item', 'select from item for update', 201], // which an add doesn't need
  ['the table', 'lock table item', 503],
])(
  'a write that was refused because somebody locked %s has not happened, and never will',
  async (_what, lock, added) => {
    await other.query('begin')
    await other.query(lock)
    const adds = ['a', 'b', 'c'].map((text) => app.postJson('/add', JSON.stringify({ text })))
    expect((await Promise.all(adds)).map(({ status }) => status)).toEqual([added, added, added])
    await app.request('POST', '/remove').expect(503)
    await until('nobody waits for the lock', async () => (await waitingForLock()).length === 0)
    await other.query('commit')
    await app.add('last')
    const texts = (await app.queue()).items.map(({ text }) => text)
    expect(texts.toSorted()).toEqual(['first', ...(added === 201 ? ['a', 'b', 'c'] : []), 'last'].toSorted())
  },
)

test.each(['queue', 'item', 'migration'])(
  'reads that were given up because somebody locked the table %s wait in Postgres no longer',
  async (table) => {
    await other.query('begin')
    await other.query(`lock table ${table}`)
    await Promise.all(['/', '/?after=1', '/readyz'].map((path) => app.get(path)))
    await until('nobody waits', async () => (await waitingForLock()).length === 0)
    await other.query('commit')
    await until('pages are current', async () => (await app.queue()).current)
  },
)

/** Makes 011, which creates a trigger on `item`, a missing migration, and the version check one that doesn't look for it. */
async function takeBack011(): Promise<void> {
  const migration012 = await readFile('migrations/012_replicated_rows.sql', 'utf8')
  const [checkVersion = ''] = /^create or replace function check_version.*?^\$\$;/ms.exec(migration012) ?? []
  await app.sql(checkVersion)
  await app.sql('drop function refuse_large_id() cascade')
  await app.sql(`delete from migration where name in ('011_large_ids', '014_all_triggers')`)
}

test('a migration that gets no lock gives up before a write that waits behind it', async () => {
  const { database } = app.services
  await takeBack011()
  await other.query('begin')
  await other.query('lock table item in row exclusive mode') // as a transaction holds it that has written there
  const migration = database.migrate()
  const refused = expect(migration).rejects.toThrow(/unavailable: .*lock/)
  await until('it waits', async () => (await waitingForLock()).length === 1)
  expect((await app.add('behind it')).length).toBe(2)
  await refused
  await other.query('commit')
  await database.migrate()
})

test('a write whose lock is free in time is made', async () => {
  await other.query('begin')
  await other.query('select from queue for update')
  const add = app.add('patient')
  await other.query(`select pg_sleep(${WRITE_DEADLINE_MS / 1000 / 3})`)
  await other.query('commit')
  expect((await add).length).toBe(2)
})
