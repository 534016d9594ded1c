import { parseConfig } from '../../src/config.js'
import { PostgresDatabase } from '../../src/db/postgres/PostgresDatabase.js'
import { MIGRATED_TEMPLATE, POSTGRES_URL_VARIABLE, query } from './database.js'
import { ensureMemcached } from './ensureMemcached.js'
import { type Postgres, startPostgres } from './postgres.js'

let starting: Promise<Postgres> | undefined

// A test run's databases need not survive a crash of the machine.
const SETTINGS = { fsync: 'off' }

/** Sets up what all tests share: a Postgres, and a memcached on the PATH. Does so once, however often it is called. */
export async function startTestServers(): Promise<void> {
  starting ??= start()
  // The workers in which Jest runs the tests inherit the environment.
  process.env[POSTGRES_URL_VARIABLE] = (await starting).url()
}

export async function stopTestServers(): Promise<void> {
  const postgres = await starting
  starting = undefined
  await postgres?.stop()
}

async function start(): Promise<Postgres> {
  ensureMemcached()
  const postgres = await startPostgres({ settings: SETTINGS })
  await createTemplate(postgres)
  console.error(`The tests run on ${await postgres.describe()}`)
  return postgres
}

async function createTemplate(postgres: Postgres): Promise<void> {
  await query(postgres.url(), `create database ${MIGRATED_TEMPLATE}`)
  const { postgres: address } = parseConfig({ DATABASE_URL: postgres.url(MIGRATED_TEMPLATE) })
  if (!address) throw new Error('The template database has no address')
  const template = new PostgresDatabase({ address, readers: 1, onIdleLoss: () => {} })
  await template.migrate()
  await template.close()
}
