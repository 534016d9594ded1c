import type pg from 'pg'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import { findObstacle, migrateOver, UnsuitableDatabase } from '../../src/db/migrations.js'
import { createMigratedDatabase, openClient, query, type TestDatabase } from '../support/database.js'
import { connectTo } from './connectTo.js'
import { failureOf } from './postgres/poolOnPostgres.js'

let database: TestDatabase
/** All that a test changes is rolled back. */
let client: pg.Client

beforeAll(async () => {
  database = await createMigratedDatabase()
  client = await openClient(database.url)
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

beforeEach(() => client.query('begin'))
afterEach(() => client.query('rollback'))

function obstacle(to = client): Promise<string | undefined> {
  return findObstacle({ read: async (sql) => (await to.query(sql)).rows })
}

test('a database that this release has migrated, or a newer one, can be used', async () => {
  expect(await obstacle()).toBeUndefined()
  await client.query(`insert into migration (name, run_on) values ('999_of_the_future', now())`)
  expect(await obstacle()).toBeUndefined()
})

test('one migration that is missing is an obstacle', async () => {
  await client.query('delete from migration where id = (select max(id) from migration)')
  expect(await obstacle()).toContain('is not migrated')
})

test('a role that may not read the table of migrations sees whether one is missing', async () => {
  await client.query(`create role web_${database.name}; set local role web_${database.name}`)
  expect(await obstacle()).toBeUndefined()
  await client.query('reset role; delete from migration where id = (select max(id) from migration)')
  await client.query(`set local role web_${database.name}`)
  expect(await obstacle()).toContain('is not migrated')
})

test('a role without a schema is told so, and nothing is migrated', async () => {
  await client.query('set local search_path = nowhere')
  expect(await obstacle()).toContain('search_path has no schema that exists')
  await client.query('rollback')
  await client.query('set search_path = nowhere')
  await expect(migrateOver(client)).rejects.toThrow(UnsuitableDatabase)
  await client.query('rollback; reset search_path')
})

test('a schema with a quotation mark in its name is refused, and nothing is migrated', async () => {
  await client.query(`create schema "o'clock"; set local search_path = "o'clock"`)
  expect(await obstacle()).toContain("o'clock has a quotation mark")
  await expect(migrateOver(client)).rejects.toThrow(UnsuitableDatabase)
})

test.each(['LATIN1', 'SQL_ASCII'])(
  'a database in %s is told so, and nothing is migrated',
  async (encoding) => {
    const name = `${database.name}_${encoding.toLowerCase()}`
    await client.query('rollback')
    await client.query(
      `create database ${name} encoding '${encoding}' template template0 lc_collate 'C' lc_ctype 'C'`,
    )
    const url = new URL(database.url)
    url.pathname = name
    const other = await openClient(url.href)
    expect(await obstacle(other)).toContain(`encoding is ${encoding}`)
    await expect(migrateOver(other)).rejects.toThrow(`encoding is ${encoding}`)
    await other.end()
    await client.query(`drop database ${name} with (force)`)
  },
)

describe('migrate', () => {
  let own: TestDatabase

  beforeEach(async () => {
    own = await createMigratedDatabase()
  })

  afterEach(() => own.drop())

  test('changes nothing when it runs again', async () => {
    const migrated = connectTo(own.url)
    const applied = () => query(own.url, 'select name, run_on from migration order by id')
    const before = await applied()
    await migrated.migrate()
    expect(before.length).toBeGreaterThan(0)
    expect(await applied()).toEqual(before)
    await migrated.close()
  })

  test('takes a migration that seems to have run before those in front of it for no error', async () => {
    // As after a change of the time zone, or of the clock.
    await own.execute(
      `update migration set run_on = now() - interval '9 hours' where id = (select max(id) from migration)`,
    )
    const migrated = connectTo(own.url)
    await expect(migrated.migrate()).resolves.toBeUndefined()
    await migrated.close()
  })

  test('fails, and takes it for no outage to wait out, if the migrations contradict the database', async () => {
    await own.execute("delete from migration where name like '001%'")
    const contradicted = connectTo(own.url)
    const failure = await failureOf(contradicted.migrate())
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(DatabaseUnavailable)
    await contradicted.close()
  })
})
