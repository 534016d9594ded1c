import { verifyDatabase } from '../../src/verify/database.js'
import { createMigratedDatabase, query } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { createRole } from '../support/role.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { procfileCommand, runCommand } from '../support/webProcess.js'
import { checkResult, checkResults } from './checkResults.js'

useDatabase()

function verify(url: string, environment: Record<string, string> = {}) {
  return checkResults(verifyDatabase, { DATABASE_URL: url, ...environment })
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url)
  change(url)
  return url.href
}

test('says that the database is not migrated, and once it is, that all is well', async () => {
  const reached = [checkResult('ok', 'database', 'answers'), checkResult('note', 'TLS', 'off')]
  expect(await verify(database.url)).toEqual([
    ...reached,
    checkResult('failed', 'migrations', 'npm run migrate'),
  ])
  await runCommand(procfileCommand('release'), { DATABASE_URL: database.url })
  expect(await verify(database.url)).toEqual([
    ...reached,
    checkResult('ok', 'migrations'),
    checkResult('ok', 'use', 'rolled back'),
  ])
})

test.each<[string, () => string, string]>([
  ['a wrong password', () => changed((url) => (url.password = 'wrong')), 'wrong password'],
  ['a database that is not there', () => changed((url) => (url.pathname = 'nowhere')), 'no such database'],
  ['a closed port', () => changed((url) => (url.port = '1')), 'nothing listens there'],
  [
    'a host that does not exist',
    () => changed((url) => (url.hostname = 'nowhere.invalid')),
    'no host of that',
  ],
])('recognises %s', async (_fault, url, words) => {
  expect(await verify(url())).toEqual([checkResult('failed', 'database', words)])
})

test.each([
  ['insert', 'item'],
  ['delete', 'item'],
  ['select', 'item'],
  ['update', 'queue'],
])('says what is missing to a role that may not %s on %s', async (right, table) => {
  const migrated = await createMigratedDatabase()
  const role = await createRole(
    migrated,
    (name) => `
    grant select, insert, update, delete on item, queue to ${name};
    revoke ${right} on ${table} from ${name}`,
  )
  const results = await verify(role.url)
  await role.drop()
  await migrated.drop()
  expect(results.at(-1)).toEqual(checkResult('failed', 'use', `permission denied for table ${table}`))
})

test('says which time limits are shorter than a busy writer may need, and not those that the app sets itself', async () => {
  const results = [await verifyWith(2999), await verifyWith(3000)]
  const notes = results.map((found) => found.filter(({ name }) => name.includes('settings')))
  expect(notes).toEqual([
    (await limits()).map((limit) => checkResult('note', 'settings', `${limit} is 2999 ms`)),
    [],
  ])
})

/** The database's limits of this Postgres for all that a statement may take. */
async function limits(): Promise<string[]> {
  const rows = await query(
    database.url,
    `select name from pg_settings where name in ('statement_timeout', 'transaction_timeout') order by name`,
  )
  return rows.map(({ name }) => String(name))
}

async function verifyWith(limitMs: number) {
  const settings = [...(await limits()).map((name) => `-c ${name}=${limitMs}`), '-c lock_timeout=1']
  return await verify(`${database.url}?options=${encodeURIComponent(settings.join(' '))}`)
}

test('says that row-level security applies, and to whom it hides something', async () => {
  const migrated = await createMigratedDatabase()
  const role = await createRole(
    migrated,
    (name) => `
    grant select, insert, update, delete on item, queue to ${name};
    alter table item enable row level security`,
  )
  const results = await verify(role.url)
  expect(results).toContainEqual(checkResult('note', 'settings', 'row-level security applies'))
  expect(results).toContainEqual(checkResult('failed', 'use', 'row-level security'))
  await role.drop()
  await migrated.drop()
})

test('says that a database takes no writes, and leaves nothing behind in one that does', async () => {
  const migrated = await createMigratedDatabase()
  const options = (text: string) => `${migrated.url}?options=${encodeURIComponent(text)}`
  const results = [
    await verify(options('-c default_transaction_read_only=on')),
    await verify(options('-c search_path=public')),
  ]
  const rows = await query(
    migrated.url,
    `select (select length from queue) as length, (select count(*) from answered_write) as answers`,
  )
  await migrated.drop()
  expect(results.map((result) => result.at(-1))).toEqual([
    checkResult('failed', 'use', 'takes no writes'),
    checkResult('ok', 'use'),
  ])
  expect(rows).toEqual([{ length: '0', answers: '1' }]) // one stands there from the start
})

test('says that a server has no TLS if TLS is required', async () => {
  expect(await verify(database.url, { PGSSLMODE: 'require' })).toEqual([
    checkResult('failed', 'database', 'does not support SSL'),
  ])
})

test('says that nothing answers if the network swallows everything', async () => {
  const { proxy, url } = await FaultyProxy.inFrontOf(database.url)
  await proxy.setFault({ kind: 'swallow' })
  expect(await verify(url)).toEqual([checkResult('failed', 'database', 'took longer than 7000 ms')])
  await proxy.close()
})

test('names the embedded database if there is no DATABASE_URL', async () => {
  expect(await checkResults(verifyDatabase, {})).toEqual([
    checkResult('note', 'database', 'DATABASE_URL is unset'),
  ])
})
