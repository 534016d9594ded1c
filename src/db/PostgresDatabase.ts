import pg from 'pg'
import { type Database, type PoolUse, type Row, WRITE_DEADLINE_MS } from './Database.js'
import { asDatabaseError, DatabaseUnavailable, isBrokenConnection } from './errors.js'
import { migrateOver } from './migrations.js'
import type { PoolSizes } from './poolSizes.js'

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
        query_timeout: deadlineMs,
        keepAlive: true,
      }).on('error', onIdleError)
    this.#readers = pool(pools.readers, READ_DEADLINE_MS)
    this.#writers = pool(pools.writers, WRITE_DEADLINE_MS)
  }

  async read(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await withinDeadline(READ_DEADLINE_MS, async () => {
      try {
        return await send(this.#readers, sql, values)
      } catch (error) {
        if (!isBrokenConnection(error)) throw error
        return await send(this.#readers, sql, values)
      }
    })
  }

  async write(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await withinDeadline(WRITE_DEADLINE_MS, () => send(this.#writers, sql, values))
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

/**
 * The pool throws a connection away after any error, so that none with an answer still under way is used again.
 * Statements get no names: behind a pooler in transaction mode the next one may run on another connection, which
 * has never heard of the name. What a name saves is a twentieth of a millisecond, and only where a page is loaded.
 */
async function send(pool: pg.Pool, sql: string, values: readonly unknown[]): Promise<Row[]> {
  const result = await pool.query<Row>(sql, [...values])
  return result.rows
}

/** The pool's own time limits count waiting, connecting and asking apart; a visitor waits for their sum. */
async function withinDeadline<T>(deadlineMs: number, run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new DatabaseUnavailable(`Postgres did not answer within ${deadlineMs} ms`))
    timer = setTimeout(giveUp, deadlineMs)
  })
  try {
    return await Promise.race([run(), deadline])
  } catch (error) {
    throw asDatabaseError(error)
  } finally {
    clearTimeout(timer)
  }
}
