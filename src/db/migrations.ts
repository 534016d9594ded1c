import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Database } from './Database.js'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'migration'
const APPLIED = `select name from ${TABLE}`

/** The one call of a database client that the migrations are sent over. */
export type MigrationClient = Pick<pg.ClientBase, 'query'>

/**
 * Applies the missing migrations in order, all of them in one transaction. Whoever comes second waits for
 * the first and then finds nothing to do. Where this throws, the client is to be closed, and nothing is left half done.
 *
 * The lock belongs to the transaction. node-pg-migrate's own belongs to the session, which a pooler in transaction
 * mode may give to somebody else in between: then it would never be released.
 */
export async function migrateOver(client: MigrationClient): Promise<void> {
  // Not needed by a web process, which finds all migrated.
  const { PG_MIGRATE_LOCK_ID, runner } = await import('node-pg-migrate')
  await client.query('begin')
  await client.query(`select pg_advisory_xact_lock(${PG_MIGRATE_LOCK_ID})`)
  await runner({
    dbClient: client as pg.ClientBase,
    dir: FOLDER,
    migrationsTable: TABLE,
    direction: 'up',
    noLock: true,
    singleTransaction: true, // its `begin` changes nothing in ours, and its `commit` is ours
    logger: { info: ignore, warn: ignore, error: ignore }, // what fails is thrown, and said there
  })
  await client.query('commit')
}

/** Whether the database has every migration that this release came with; one that is ahead of us will do. */
export async function isMigrated(database: Pick<Database, 'read'>): Promise<boolean> {
  const applied = new Set((await database.read(APPLIED)).map((row) => row.name))
  return KNOWN.every((name) => applied.has(name))
}

const KNOWN = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length))

function ignore(): void {}
