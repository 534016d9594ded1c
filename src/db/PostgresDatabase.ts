import pg from 'pg'
import { type Database, type PoolUse, type Row, WRITE_DEADLINE_MS, WRITE_MARGIN_MS } from './Database.js'
import { asDatabaseError, isBrokenConnection, tooLate } from './errors.js'
import { migrateOver } from './migrations.js'
import type { PoolSizes } from './poolSizes.js'
import { send } from './send.js'

/** A page is shown as last known within half a second when Postgres hangs; a tenth of that is for the rest. */
export const READ_DEADLINE_MS = 400
const IDLE_CONNECTION_MS = 60_000

export interface PostgresOptions {
  readonly connection: pg.ClientConfig
  readonly pools: PoolSizes
  /** Hears of connections that broke while nobody used them. */
  readonly onIdleError: (error: Error) => void
}

/** Real Postgres, over two small pools. */
export class PostgresDatabase implements Database {
  readonly #connection: pg.ClientConfig
  readonly #readers: pg.Pool
  readonly #writers: pg.Pool

  constructor({ connection, pools, onIdleError }: PostgresOptions) {
    this.#connection = connection
    const pool = (max: number, deadlineMs: number) =>
      new pg.Pool({
        ...connection,
        max,
        idleTimeoutMillis: IDLE_CONNECTION_MS,
        connectionTimeoutMillis: deadlineMs,
        keepAlive: true,
      }).on('error', onIdleError)
    this.#readers = pool(pools.readers, READ_DEADLINE_MS)
    this.#writers = pool(pools.writers, WRITE_DEADLINE_MS)
  }

  async read(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await withinDeadline(READ_DEADLINE_MS, async () => {
      try {
        return await send(this.#readers, sql, values, READ_DEADLINE_MS)
      } catch (error) {
        if (!isBrokenConnection(error)) throw error
        return await send(this.#readers, sql, values, READ_DEADLINE_MS)
      }
    })
  }

  async write(
    sql: string,
    valuesFor: (budgetMs: number) => readonly unknown[],
    deadlineMs: number,
  ): Promise<Row[]> {
    return await withinDeadline(deadlineMs, () =>
      send(this.#writers, sql, valuesFor(deadlineMs - WRITE_MARGIN_MS), deadlineMs),
    )
  }

  async migrate(): Promise<void> {
    const client = new pg.Client({ ...this.#connection, connectionTimeoutMillis: WRITE_DEADLINE_MS })
    let isConnected = false
    client.once('end', () => {
      isConnected = false
    })
    try {
      await client.connect()
      isConnected = true
      await migrateOver(client)
    } catch (error) {
      // What fails over a connection that is well is the migrations' own fault, and waiting won't mend it.
      throw isConnected && !(error instanceof pg.DatabaseError) ? error : asDatabaseError(error)
    } finally {
      await client.end()
    }
  }

  pools(): readonly PoolUse[] {
    return [useOf('read', this.#readers), useOf('write', this.#writers)]
  }

  async close(): Promise<void> {
    await Promise.all([this.#readers.end(), this.#writers.end()])
  }
}

function useOf(name: string, { totalCount, idleCount, waitingCount }: pg.Pool): PoolUse {
  return { name, busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
}

/** Time limits count waiting, connecting and asking apart; a visitor waits for their sum. */
async function withinDeadline<T>(deadlineMs: number, run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(deadlineMs)), deadlineMs)
  })
  try {
    return await Promise.race([run(), deadline])
  } catch (error) {
    throw asDatabaseError(error)
  } finally {
    clearTimeout(timer)
  }
}
