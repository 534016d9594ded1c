import { mkdir } from 'node:fs/promises'
import type { PGlite } from '@electric-sql/pglite'
import { type Database, type Row, WRITE_MARGIN_MS } from '../Database.js'
import { asDatabaseError, DatabaseUnavailable, unavailable } from '../errors.js'
import { type MigrationClient, migrateOver } from '../migrations.js'
import { type DirectoryLock, lockDirectory } from './directoryLock.js'
import { hasRoom, openCluster, WRITE } from './embeddedCluster.js'

/**
 * Postgres compiled to WebAssembly, inside this process, with its data in a folder. `npm start` uses it on a machine
 * that has only Node. Answered writes survive a `kill -9`.
 */
export class EmbeddedDatabase implements Database {
  readonly #postgres: PGlite
  readonly #lock: DirectoryLock
  readonly #folder: string

  private constructor(postgres: PGlite, lock: DirectoryLock, folder: string) {
    this.#postgres = postgres
    this.#folder = folder
    this.#lock = lock
  }

  /**
   * @throws DirectoryInUse if another process uses the folder: two of them would destroy the data
   * @throws UnsuitableDatabase if the database can't be opened
   */
  static async open(folder: string): Promise<EmbeddedDatabase> {
    await mkdir(folder, { recursive: true })
    const lock = await lockDirectory(folder)
    try {
      return new EmbeddedDatabase(await openCluster(folder), lock, folder)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  connect(): void {} // it is open

  async read(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#postgres.query<Row>(sql, [...values])).rows
    } catch (error) {
      throw asDatabaseError(error) // a full disk, say
    }
  }

  async write(
    sql: string,
    valuesFor: (budgetMs: number) => readonly unknown[],
    deadlineMs: number,
  ): Promise<Row[]> {
    await this.#refuseWithoutRoom()
    return await this.read(sql, valuesFor(deadlineMs - WRITE_MARGIN_MS))
  }

  async migrate(): Promise<void> {
    await migrateOver({ query: this.#queryLikePg.bind(this) } as MigrationClient)
  }

  pools(): readonly [] {
    return []
  }

  async close(): Promise<void> {
    if (!this.#postgres.closed) await this.#postgres.close()
    await this.#lock.release()
  }

  /**
   * If the disk is full just when Postgres needs another file for its log, it panics. PGlite's next query then never
   * returns, and this process answers nothing any more, not even SIGTERM. And if the folder is gone, a write would be lost.
   */
  async #refuseWithoutRoom(): Promise<void> {
    const isRoom = await hasRoom(this.#folder, WRITE).catch((error: unknown) => {
      throw unavailable(error)
    })
    if (!isRoom) throw new DatabaseUnavailable("DATA_DIR's disk is full")
  }

  /** As pg's client does it: without values the text may hold several statements, as migrations do. */
  async #queryLikePg(text: string, values?: unknown[]): Promise<{ rows: Row[] }> {
    if (values) return await this.#postgres.query<Row>(text, values)
    const results = await this.#postgres.exec(text)
    return { rows: (results.at(-1)?.rows ?? []) as Row[] }
  }
}
