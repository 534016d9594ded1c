import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface TestDatabase {
  readonly name: string
  /** Its `DATABASE_URL`. */
  readonly url: string
  /** Sends it statements whose answer doesn't matter. */
  execute(sql: string): Promise<void>
  /** Drops it, even if clients are still connected. */
  drop(): Promise<void>
}

/** The `DATABASE_URL` of a Postgres that is not there: nobody listens on port 1. */
export const NOWHERE = 'postgres://nobody@127.0.0.1:1/none'

/** The environment variable through which the test run's Postgres is known to the tests. */
export const POSTGRES_URL_VARIABLE = 'TEST_POSTGRES_URL'

/** The name of the database that `createMigratedDatabase` copies: a copy is made much faster than a migration. */
export const MIGRATED_TEMPLATE = 'migrated_template'

/** Makes an empty database on the Postgres that all tests share, or on the server given by its url. */
export function createDatabase(serverUrl = sharedPostgresUrl()): Promise<TestDatabase> {
  return create(serverUrl, 'template1')
}

/** Makes a database on the Postgres that all tests share, with all migrations applied. */
export function createMigratedDatabase(): Promise<TestDatabase> {
  return create(sharedPostgresUrl(), MIGRATED_TEMPLATE)
}

async function create(serverUrl: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await query(serverUrl, `create database ${name} template ${template}`)
  const url = new URL(serverUrl)
  url.pathname = name
  return {
    name,
    url: url.href,
    execute: async (sql) => void (await query(url.href, sql)),
    drop: async () => void (await query(serverUrl, `drop database ${name} with (force)`)),
  }
}

function sharedPostgresUrl(): string {
  const url = process.env[POSTGRES_URL_VARIABLE]
  if (!url) throw new Error('No Postgres was started: run the tests with `npm test`')
  return url
}

/** Asks a database something, over a connection of its own. @returns the rows */
export async function query(
  url: string | undefined,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = await openClient(url)
  try {
    return (await client.query(sql, [...values])).rows
  } finally {
    await client.end()
  }
}

export async function openClient(url: string | undefined): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
