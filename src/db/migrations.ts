import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type pg from 'pg'
import type { Database } from './Database.js'

const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'migration'
const APPLIED = { name: 'applied-migrations', text: `select name from ${TABLE}` }

/** The one call of a database client that the migrations are sent over. */
export type MigrationClient = Pick<pg.ClientBase, 'query'>

/**
 * Applies the missing migrations in order, all of them in one transaction. Whoever comes second waits for
 * the first (an advisory lock of node-pg-migrate's) and then finds nothing to do.
 */
export async function migrateOver(client: MigrationClient): Promise<void> {
  await runner({
    dbClient: client as pg.ClientBase,
    dir: FOLDER,
    migrationsTable: TABLE,
    direction: 'up',
    advisoryLockMode: 'wait',
    logger: { info: ignore, warn: ignore, error: ignore }, // what fails is thrown, and said there
  })
}

/** Whether the database has every migration that this release came with; one that is ahead of us will do. */
export async function isMigrated(database: Database): Promise<boolean> {
  const applied = new Set((await database.read(APPLIED)).map((row) => row.name))
  return KNOWN.every((name) => applied.has(name))
}

const KNOWN = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length))

function ignore(): void {}
