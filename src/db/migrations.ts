import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Database, Row } from './Database.js'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'migration'
/** Editors, archives and systems leave other files beside them: `._001_a.sql`, `003_b.sql~`. */
const MIGRATION = /^\d+_\w+\.sql$/
const OTHER_FILES = '(?!\\d+_\\w+\\.sql$).*'
const KNOWN = readdirSync(FOLDER)
  .filter((file) => MIGRATION.test(file))
  .map((file) => file.slice(0, -'.sql'.length))

/** Limits that the role or the database may have. `transaction_timeout` exists since Postgres 17. */
const WITHOUT_TIMEOUTS = `
  select set_config(name, '0', true) from pg_settings where name in
    ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`
/** Shorter than a write waits, so writes that wait behind a release which gets no lock are made all the same. */
const LOCK_DEADLINE_MS = 2_000

const SITUATION = `
  select current_setting('server_encoding') as encoding, current_schema() as schema,
    pg_is_in_recovery() as is_standby, to_regprocedure('applied_migrations()') is not null as is_prepared`
const APPLIED = 'select applied_migrations() as name'

/** The one call of a database client that the migrations are sent over. */
export type MigrationClient = Pick<pg.ClientBase, 'query'>

/** The database can't hold the queue, and trying again won't help. The message says what to do. */
export class UnsuitableDatabase extends Error {
  override readonly name = 'UnsuitableDatabase'
}

/**
 * Applies the missing migrations in order, in one transaction. A second process waits for the first one and then finds
 * nothing to do. If this throws, nothing has changed, and the caller must close the client.
 *
 * The lock belongs to the transaction. node-pg-migrate's own lock belongs to the session; a pooler in transaction mode
 * may give that session to another client, and then the lock would never be released.
 * @throws UnsuitableDatabase
 */
export async function migrateOver(client: MigrationClient): Promise<void> {
  // Loaded on demand: most web processes have nothing to migrate.
  const { PG_MIGRATE_LOCK_ID, runner } = await import('node-pg-migrate')
  // The server's defaults may differ. With `repeatable read`, a second migration would not see what the first has done.
  await client.query(`begin isolation level read committed read write; ${WITHOUT_TIMEOUTS}`)
  await client.query(`select pg_advisory_xact_lock(${PG_MIGRATE_LOCK_ID})`)
  // While a migration waits for a table that a long transaction uses, every later reader and writer waits behind it.
  await client.query(`set local lock_timeout = ${LOCK_DEADLINE_MS}`)
  const situation = (await client.query(SITUATION)).rows[0]
  const unsuitable = whyUnsuitable(situation)
  if (unsuitable) throw new UnsuitableDatabase(unsuitable)
  await runner({
    dbClient: client as pg.ClientBase,
    dir: FOLDER,
    ignorePattern: OTHER_FILES,
    migrationsTable: TABLE,
    migrationsSchema: situation.schema,
    direction: 'up',
    checkOrder: false, // it compares the times at which they ran, which may be of different time zones
    noLock: true,
    singleTransaction: true, // its `begin` changes nothing in ours, and its `commit` is ours
    logger: { info: ignore, warn: ignore, error: ignore }, // errors are thrown too
  })
  await client.query('commit')
}

/** Why this release can't work with the database; undefined if it can, even if a newer release has migrated it. */
export async function findObstacle(database: Pick<Database, 'read'>): Promise<string | undefined> {
  const [situation = {}] = await database.read(SITUATION, [], 'check')
  const unsuitable = whyUnsuitable(situation)
  if (unsuitable) return unsuitable
  if (situation.is_standby) {
    return 'Postgres is a standby here, which may lag behind: DATABASE_URL should name the server that takes the writes.'
  }
  const isMigrated = situation.is_prepared && hasAll(await database.read(APPLIED, [], 'check'))
  return isMigrated ? undefined : 'The database is not migrated: run `npm run migrate` (`release:` does).'
}

function hasAll(rows: readonly Row[]): boolean {
  const applied = new Set(rows.map(({ name }) => name))
  return KNOWN.every((name) => applied.has(name))
}

function whyUnsuitable({ encoding, schema }: Row): string | undefined {
  if (encoding !== 'UTF8') {
    return `The database's encoding is ${encoding}, which can't hold every text: create it with encoding 'UTF8' template template0.`
  }
  if (schema === null) {
    return `The role's search_path has no schema that exists and that it may use: create one, name another, or grant usage on it.`
  }
  if (/['"]/.test(String(schema))) {
    return `The schema ${schema} has a quotation mark in its name, which migrations don't support: name another.`
  }
  return undefined
}

function ignore(): void {}
