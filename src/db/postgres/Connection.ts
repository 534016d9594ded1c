import { Socket } from 'node:net'
import './navigator.js' // before pg
import pg from 'pg'
import { withinDeadline } from '../../cache/deadline.js'
import type { TlsOptions } from '../address/tls.js'
import type { Row } from '../Database.js'
import { ConnectionLost, leavesSessionWell, tooLate } from '../errors.js'

/** A silent connection is found to be dead ten seconds after this time. */
const KEEP_ALIVE_AFTER_MS = 30_000
/**
 * The same for Postgres's side, which by default notices only after two hours that a client has gone without a word (a
 * network that was down, a machine that lost power). Until then each such connection takes one of its places. Not in the
 * startup message, because PgBouncer refuses it there.
 */
const KEEP_ALIVE_OF_SERVER = `set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3`
const GOODBYE_MS = 1_000

/** One connection to Postgres, over which one statement at a time is sent. */
export class Connection {
  /** For what needs pg itself, such as migrations. */
  readonly client: pg.Client
  readonly #socket: Socket
  #isWell = true
  #reason: string | undefined

  /** Call `connect()` to connect it. */
  constructor(config: pg.ClientConfig, ssl: TlsOptions) {
    this.#socket = new Socket()
    this.client = new Utf8Client({
      ...config,
      ssl,
      stream: () => this.#socket,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    })
    this.client.on('error', (error) => {
      this.#reason ??= error.message
      this.destroy()
    })
    this.client.once('end', () => this.destroy())
  }

  /** Whether another statement may be sent over it. */
  get isWell(): boolean {
    return this.#isWell
  }

  /** Has no deadline of its own. @throws what pg throws if it fails */
  async connect(): Promise<void> {
    await this.client.connect()
    await this.client.query(KEEP_ALIVE_OF_SERVER)
  }

  /** Calls back once, with the reason, when it is closed or lost. */
  onceGone(callback: (reason: string) => void): void {
    this.client.once('end', () => callback(this.#reason ?? 'closed'))
  }

  /**
   * Sends one statement. If the answer takes longer than `deadlineMs`, the connection is closed, because a late answer
   * would disturb the next statement. It is also closed after an error, unless the error leaves the session as good as
   * before. Statements have no names: behind a pooler in transaction mode the next one may run on another connection,
   * which does not know the name. A name would save only a twentieth of a millisecond, and only if a page is loaded.
   * @throws ConnectionLost if the connection broke or Postgres ended it, `DatabaseUnavailable` if it did not answer
   */
  async send(sql: string, values: readonly unknown[], deadlineMs: number): Promise<Row[]> {
    try {
      return await withinDeadline(deadlineMs, this.#query(sql, values), () => tooLate(deadlineMs))
    } catch (error) {
      if (!leavesSessionWell(error)) this.destroy()
      throw error
    }
  }

  /** Tells Postgres and closes it. If Postgres does not react, closes it after `GOODBYE_MS`. */
  async close(): Promise<void> {
    this.#isWell = false
    const silence = setTimeout(() => this.destroy(), GOODBYE_MS)
    await this.client.end()
    clearTimeout(silence)
  }

  /** Closes it at once, even if a statement is being answered. */
  destroy(): void {
    this.#isWell = false
    this.#socket.destroy()
  }

  /**
   * Not with pg's `query_timeout`: that replaces the query's callback, and then V8 (Node 20 to 24) takes the answers'
   * objects for long-lived. Each row stays in memory until the next full collection, and a busy process takes up to 50
   * MB more.
   */
  #query(sql: string, values: readonly unknown[]): Promise<Row[]> {
    const { client } = this
    return new Promise((resolve, reject) => {
      client.query<Row>(sql, [...values], (error, result) => {
        if (error) this.#onceSettled(error, reject)
        else resolve(result.rows)
      })
    })
  }

  /**
   * Distinguishes an error of the statement from one of the connection. The severity (FATAL) would say it, but Postgres
   * translates that word. So this waits for what follows: ready for the next statement (pg's `drain`), or the
   * connection's end.
   */
  #onceSettled(error: Error, reject: (error: Error) => void): void {
    const { client } = this
    const lost = () => reject(new ConnectionLost(error.message, { cause: error }))
    if (!this.#isWell) {
      lost()
      return
    }
    const onDrain = () => {
      client.off('end', onEnd)
      reject(error)
    }
    const onEnd = () => {
      client.off('drain', onDrain)
      lost()
    }
    client.once('drain', onDrain)
    client.once('end', onEnd)
  }
}

/**
 * Sets what our statements rely on, in the startup message: that overrides the settings of the role and the database.
 * PgBouncer keeps these two settings for each client.
 */
class Utf8Client extends pg.Client {
  getStartupConf(): Record<string, string> {
    const startup = Reflect.get(pg.Client.prototype, 'getStartupConf') as () => Record<string, string>
    return { ...startup.call(this), client_encoding: 'UTF8', standard_conforming_strings: 'on' }
  }
}
