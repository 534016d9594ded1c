import { PG_MIGRATE_LOCK_ID } from 'node-pg-migrate'
import { createDatabase, openClient, type TestDatabase } from '../support/database.js'
import { until } from '../support/poll.js'
import { createRole, type TestRole } from '../support/role.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A database, a role or a server may have other defaults than ours.
let database: TestDatabase
let app: TestApp | undefined
let role: TestRole | undefined

beforeEach(async () => {
  database = await createDatabase()
})

afterEach(async () => {
  await app?.close()
  app = undefined
  await role?.drop()
  role = undefined
  await database.drop()
})

/** Makes a role; it is gone at the end of the test. */
async function makeRole(rights: (name: string) => string): Promise<TestRole> {
  role = await createRole(database, rights)
  return role
}

async function startApp(url = database.url): Promise<TestApp> {
  app = await startTestApp({ DATABASE_URL: url, MEMCACHIER_SERVERS: '' })
  await app.services.database.migrate()
  return app
}

const TEXTS = ['null', 'NULL', '{"a\\', "it's", '\\x41', '🍕 é', '2026-01-02', '1e5']

async function expectQueueToWork(queue: TestApp): Promise<void> {
  for (const text of TEXTS) await queue.add(text)
  const { items, length } = await queue.queue()
  expect(items.map(({ text }) => text)).toEqual(TEXTS)
  expect(length).toBe(TEXTS.length)
  expect((await queue.queue(`/?after=${items[2]?.id}`)).items).toEqual(items.slice(3))
  for (const text of TEXTS) expect((await queue.remove()).item?.text).toBe(text)
  expect(await queue.remove()).toMatchObject({ item: null, length: 0 })
  await queue.get('/readyz').expect(200)
}

test.each([
  [
    'compatibility settings of old',
    ['array_nulls = off', 'transform_null_equals = on', 'standard_conforming_strings = off'],
  ],
  ['what names mean in functions', ['plpgsql.variable_conflict = use_column']],
  ['what names mean in functions, the other way', ['plpgsql.variable_conflict = use_variable']],
  [
    'time and text',
    [
      `timezone = 'Asia/Kathmandu'`,
      `datestyle = 'SQL, DMY'`,
      `client_encoding = latin1`,
      `bytea_output = escape`,
    ],
  ],
  ['time limits', [`lock_timeout = '1ms'`, `statement_timeout = '20s'`, `idle_session_timeout = '20s'`]],
  [
    'how plans are made',
    ['plan_cache_mode = force_generic_plan', 'enable_seqscan = off', 'enable_sort = off'],
  ],
  ['a copying role', ['session_replication_role = replica']],
  ['repeatable read', [`default_transaction_isolation = 'repeatable read'`]],
  ['serializable', ['default_transaction_isolation = serializable', 'default_transaction_deferrable = on']],
])('migrates and works under other defaults: %s', async (_what, settings) => {
  const name = database.name
  await database.execute(settings.map((setting) => `alter database ${name} set ${setting};`).join(''))
  await expectQueueToWork(await startApp())
})

test('two releases at once are not ended by time limits of the database', async () => {
  const limits = [`lock_timeout = '1ms'`, `statement_timeout = '50ms'`]
  await database.execute(limits.map((limit) => `alter database ${database.name} set ${limit};`).join(''))
  const queue = await startApp()
  const locker = await openClient(database.url)
  await locker.query(`begin; select pg_advisory_xact_lock(${PG_MIGRATE_LOCK_ID})`)
  const migrated = queue.services.database.migrate()
  await until('the second release waits for the first one', async () => {
    const [row] = await queue.sql(
      `select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()`,
    )
    return row !== undefined
  })
  await locker.query('commit')
  await locker.end()
  await migrated
})

test('migrates into the schema that the role has, and works there', async () => {
  const { url } = await makeRole(
    (name) => `
    create schema tenant authorization ${name};
    alter role ${name} set search_path = tenant;
    revoke create on schema public from public`,
  )
  const queue = await startApp(url)
  await expectQueueToWork(queue)
  const [row] = await queue.sql(`select to_regclass('tenant.queue') is not null as there`)
  expect(row).toEqual({ there: true })
  await queue.services.database.migrate()
  // Somebody else, with another search_path.
  await database.execute(`insert into tenant.item (text) values ('from outside')`)
  expect(await queue.queue()).toMatchObject({ length: 1, items: [{ text: 'from outside' }] })
})

test('works on a host that tells nobody which server it is', async () => {
  const { url } = await makeRole(
    (name) => `
    grant create on schema public to ${name};
    revoke execute on function pg_control_system(), pg_current_wal_lsn() from public`,
  )
  const queue = await startApp(url)
  await expectQueueToWork(queue)
  const [row] = await queue.sql('select queue_origin() as origin')
  expect(row).toEqual({ origin: expect.stringMatching(/^-\/-\/\w+$/) })
})

test('a role with the rights that a web process needs, and no others, is ready and works', async () => {
  await (await startApp()).close()
  const { url } = await makeRole((name) => `grant select, insert, update, delete on item, queue to ${name}`)
  app = await startTestApp({ DATABASE_URL: url, MEMCACHIER_SERVERS: '' })
  await expectQueueToWork(app)
  const twice = [
    await app.services.queue.write({ add: 'once' }, 'a key'),
    await app.services.queue.write({ add: 'once' }, 'a key'),
  ]
  expect(twice[1]).toEqual(twice[0])
})

test('to a role that row-level security lets see nothing, the queue is unavailable', async () => {
  await (await startApp()).close()
  const { url } = await makeRole(
    (name) => `
    grant select, insert, update, delete on item, queue to ${name};
    alter table queue enable row level security`,
  )
  app = await startTestApp({ DATABASE_URL: url, MEMCACHIER_SERVERS: '' })
  await app.get('/').expect(503)
  await app.postForm('/add', 'text=x').expect(503)
})
