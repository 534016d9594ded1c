import type { PostgresAddress } from '../address/postgresAddress.js'
import { type Database, type PoolUse, type ReadLane, type Row, WRITE_MARGIN_MS } from '../Database.js'
import { areConnectionsTaken, asMigrationError, TooBusy, unavailable } from '../errors.js'
import { migrateOver } from '../migrations.js'
import type { Connection } from './Connection.js'
import { ConnectionPool } from './ConnectionPool.js'
import { Dialer } from './Dialer.js'
import { WRITERS } from './poolSizes.js'

/** If Postgres hangs, the last known page is shown within half a second; 100 ms of that are for everything else. */
export const READ_DEADLINE_MS = 400
/** Several idle connections may have broken without notice, for example while this machine slept. */
const READ_REPEATS = 3

interface PostgresOptions {
  readonly address: PostgresAddress
  /** How many connections to read with. */
  readonly readers: number
  /** Called with the reason when an idle connection breaks. */
  readonly onIdleLoss: (reason: string) => void
}

/** Real Postgres, over two small pools. */
export class PostgresDatabase implements Database {
  readonly #dialer: Dialer
  readonly #readers: ConnectionPool
  readonly #writers: ConnectionPool

  constructor({ address, readers, onIdleLoss }: PostgresOptions) {
    this.#dialer = new Dialer(address)
    this.#readers = new ConnectionPool({
      name: 'read',
      size: readers,
      repeatsAfterLoss: READ_REPEATS,
      open: () => this.#dialer.open(),
      onIdleLoss,
    })
    this.#writers = new ConnectionPool({
      name: 'write',
      size: WRITERS,
      repeatsAfterLoss: 0, // it may have happened
      open: () => this.#openWriter(),
      onIdleLoss,
    })
  }

  connect(): void {
    this.#readers.connect()
    this.#writers.connect()
  }

  async read(sql: string, values: readonly unknown[] = [], lane: ReadLane = 'bulk'): Promise<Row[]> {
    return await this.#readers.run({ sql, values, lane, deadlineMs: READ_DEADLINE_MS })
  }

  async write(
    sql: string,
    valuesFor: (budgetMs: number) => readonly unknown[],
    deadlineMs: number,
  ): Promise<Row[]> {
    const values = (leftMs: number) => {
      if (leftMs <= WRITE_MARGIN_MS) throw new TooBusy() // it could happen after the visitor got an error
      return valuesFor(leftMs - WRITE_MARGIN_MS)
    }
    return await this.#writers.run({ sql, values, lane: 'write', deadlineMs })
  }

  async migrate(): Promise<void> {
    const connection = await this.#dialer.open().catch((error: unknown) => {
      throw unavailable(error)
    })
    try {
      await migrateOver(connection.client)
    } catch (error) {
      // If the connection works, the error is in the migration itself.
      throw connection.isWell ? asMigrationError(error) : unavailable(error)
    } finally {
      await connection.close()
    }
  }

  pools(): readonly PoolUse[] {
    return [this.#readers.use, this.#writers.use]
  }

  async close(): Promise<void> {
    const closing = Promise.all([this.#readers.close(), this.#writers.close()])
    this.#dialer.close()
    await closing
  }

  /** If Postgres has no connection left to write with, one of those to read with is given up. */
  async #openWriter(): Promise<Connection> {
    try {
      return await this.#dialer.open()
    } catch (error) {
      if (!areConnectionsTaken(error) || !(await this.#readers.giveOneUp())) throw error
      return await this.#dialer.open()
    }
  }
}
