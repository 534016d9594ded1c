import type pg from 'pg'
import type { Row } from '../../../src/db/Database.js'
import { Connection } from '../../../src/db/postgres/Connection.js'
import { ConnectionPool } from '../../../src/db/postgres/ConnectionPool.js'
import type { Lane } from '../../../src/db/postgres/lanes.js'
import type { TestDatabase } from '../../support/database.js'
import { openClient } from '../../support/database.js'
import type { Gate } from '../../support/gates.js'
import { until } from '../../support/poll.js'

const PATIENT_MS = 20_000

/** A pool on a real Postgres. Its statements wait for locks that the test holds. */
export class PoolOnPostgres {
  readonly database: TestDatabase
  readonly pool: ConnectionPool
  readonly opened: Connection[] = []
  readonly idleLosses: string[] = []
  /** Each attempt to connect waits at its gate, if it has one. */
  gates: Gate[] = []
  /** Postgres refuses to let more in. */
  maxAttempts = Number.POSITIVE_INFINITY
  attempts = 0
  readonly #locker: pg.Client

  private constructor(database: TestDatabase, locker: pg.Client, size: number, repeatsAfterLoss: number) {
    this.database = database
    this.#locker = locker
    this.pool = new ConnectionPool({
      name: 'test',
      size,
      repeatsAfterLoss,
      open: () => this.#open(),
      onIdleLoss: (reason) => this.idleLosses.push(reason),
    })
  }

  static async start(database: TestDatabase, size: number, repeatsAfterLoss = 0): Promise<PoolOnPostgres> {
    const locker = await openClient(database.url)
    await locker.query('select pg_advisory_lock(n) from generate_series(1, 3) n')
    return new PoolOnPostgres(database, locker, size, repeatsAfterLoss)
  }

  /** Connects, again if an attempt fails, until this many connections are idle. */
  async connect(count = 1): Promise<void> {
    await until(`${count} connections are idle`, () => {
      this.pool.connect()
      return this.pool.use.idle >= count
    })
  }

  /** Asks for something that is answered once the lock of that number is free. */
  ask(lock: number, lane: Lane = 'check', deadlineMs = PATIENT_MS): Promise<Row[]> {
    return this.run(`select pg_advisory_xact_lock_shared(${lock})::text, ${lock} as number`, lane, deadlineMs)
  }

  /** Asks for the lock of that number, and returns once that many statements are on their way. */
  async hold(
    lock: number,
    busy: number,
    lane?: Lane,
    deadlineMs?: number,
  ): Promise<{ readonly failure: Promise<unknown> }> {
    const failure = failureOf(this.ask(lock, lane, deadlineMs))
    await until(`${busy} statements are on their way`, () => this.pool.use.busy === busy)
    return { failure }
  }

  async run(sql: string, lane: Lane = 'check', deadlineMs = PATIENT_MS): Promise<Row[]> {
    return await this.pool.run({ sql, values: [], lane, deadlineMs })
  }

  async letGo(lock: number): Promise<void> {
    await this.#locker.query('select pg_advisory_unlock($1)', [lock])
  }

  /** Ends the pool's sessions, idle or waiting for a lock: all, or those whose statement contains the text, once there are any. */
  async breakConnections(statement = ''): Promise<void> {
    await until('a session was ended', async () => {
      const { rowCount } = await this.#locker.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and position($1 in query) > 0
            and (state = 'idle' or wait_event_type = 'Lock')`,
        [statement],
      )
      return rowCount !== 0
    })
  }

  async close(): Promise<void> {
    for (const gate of this.gates) gate.open()
    await this.#locker.end()
    await this.pool.close()
  }

  async #open(): Promise<Connection> {
    if (++this.attempts > this.maxAttempts) throw new Error('too many clients')
    await this.gates[this.attempts - 1]?.wait()
    const connection = new Connection({ connectionString: this.database.url }, false)
    await connection.connect()
    this.opened.push(connection)
    return connection
  }
}

/** What it failed with; undefined if it did not. */
export function failureOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  )
}
