import { withinDeadline } from '../../cache/deadline.js'
import type { PoolUse, Row } from '../Database.js'
import {
  asDatabaseError,
  ConnectionLost,
  DatabaseUnavailable,
  hasDoneNothing,
  TooBusy,
  unavailable,
} from '../errors.js'
import type { Connection } from './Connection.js'
import { Connector, type ConnectorOptions } from './Connector.js'
import { LateAnswers } from './LateAnswers.js'
import { nextStatement } from './lanes.js'
import { type Question, Statement } from './Statement.js'

interface ConnectionPoolOptions extends Pick<ConnectorOptions, 'size' | 'open'> {
  readonly name: string
  /** How often a statement is sent again over another connection after the first one broke. */
  readonly repeatsAfterLoss: number
  /** Called with the reason when an idle connection breaks. */
  readonly onIdleLoss: (reason: string) => void
}

/** If more statements waited in one lane, they would only wait until their deadline. */
const MAX_WAITING = 50

/**
 * A few connections that are kept open, and the statements that wait for them. If a statement waits too long for one of
 * our own connections, that does not mean that Postgres is down. (pg's own pool can't tell the two apart: it ties each
 * caller to one new connection, and throws that away when the caller gives up.)
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions
  readonly #idle: Connection[] = []
  readonly #running = new Set<Statement>()
  readonly #connector: Connector
  readonly #lateAnswers: LateAnswers
  #waiting: Statement[] = []
  #isClosed = false

  constructor(options: ConnectionPoolOptions) {
    this.#options = options
    this.#connector = new Connector({
      size: options.size,
      open: options.open,
      onOpen: (connection) => this.#take(connection),
      onFailure: (error) => this.#onConnectFailure(error),
    })
    this.#lateAnswers = new LateAnswers(this.#connector, this.#running)
  }

  get use(): PoolUse {
    const { name } = this.#options
    return { name, busy: this.#running.size, idle: this.#idle.length, waiting: this.#waiting.length }
  }

  /** Connects in the background. */
  connect(): void {
    this.#connector.fill()
  }

  /** Runs a statement over the next connection that is free for its lane. */
  async run(question: Question): Promise<Row[]> {
    if (this.#isClosed) throw new DatabaseUnavailable('The connections to Postgres are closed')
    const askedAtMs = performance.now()
    const statement =
      this.#waiting.find((waiting) => waiting.alsoAnswers(question)) ?? this.#enqueue(question)
    statement.callers++
    this.#sendWhatWaits()
    try {
      return await withinDeadline(question.deadlineMs, statement.answer, () =>
        this.#lateAnswers.errorAtDeadline(statement, askedAtMs),
      )
    } finally {
      statement.callers--
      if (statement.callers === 0) this.#waiting = this.#waiting.filter((waiting) => waiting !== statement)
    }
  }

  /** Closes an idle connection, unless it is the only one. Resolves with whether it did. */
  async giveOneUp(): Promise<boolean> {
    const connection = this.#connector.openCount > 1 ? this.#takeIdle() : undefined
    if (!connection) return false
    this.#connector.postponeRefill()
    await connection.close()
    return true
  }

  /** Ends all connections; those in use end after their answer. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#rejectWaiting(new DatabaseUnavailable('The connections to Postgres are closed'))
    await Promise.all([this.#closeIdle(), this.#connector.close()])
  }

  #enqueue(question: Question): Statement {
    const ahead = this.#waiting.filter(({ lane }) => lane === question.lane)
    if (ahead.length >= MAX_WAITING) throw new TooBusy()
    const statement = new Statement(question)
    this.#waiting.push(statement)
    return statement
  }

  #sendWhatWaits(): void {
    for (;;) {
      const index = nextStatement(this.#waiting, [...this.#running], this.#options.size)
      if (index < 0) return
      const connection = this.#takeIdle()
      if (!connection) {
        this.#connector.connectFor(this.#waiting.length)
        return
      }
      const [statement] = this.#waiting.splice(index, 1)
      if (statement) void this.#send(statement, connection)
    }
  }

  /** One that broke stays in the list until its end is noticed. A write that is sent over it would fail for nothing. */
  #takeIdle(): Connection | undefined {
    const index = this.#idle.findLastIndex(({ isWell }) => isWell)
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0]
  }

  async #send(statement: Statement, connection: Connection): Promise<void> {
    statement.sentAtMs = performance.now()
    this.#running.add(statement)
    try {
      const rows = await connection.send(statement.sql, statement.valuesNow, statement.deadlineMs)
      this.#lateAnswers.noteAnswer()
      statement.resolve(rows)
    } catch (error) {
      this.#repeatOrReject(statement, error)
    } finally {
      this.#running.delete(statement)
    }
    if (connection.isWell) this.#idle.push(connection)
    if (this.#isClosed) await this.#closeIdle()
    this.#sendWhatWaits()
  }

  #repeatOrReject(statement: Statement, error: unknown): void {
    const isLoss = error instanceof ConnectionLost
    if (!isLoss && !(error instanceof DatabaseUnavailable)) this.#lateAnswers.noteAnswer()
    const mayRepeat = hasDoneNothing(error) || (isLoss && statement.losses++ < this.#options.repeatsAfterLoss)
    if (mayRepeat && statement.callers > 0 && !this.#isClosed) {
      statement.sentAtMs = Number.POSITIVE_INFINITY
      this.#waiting.unshift(statement)
    } else statement.reject(this.#lateAnswers.errorIfLate(statement) ?? asDatabaseError(error))
  }

  #take(connection: Connection): void {
    connection.onceGone((reason) => this.#drop(connection, reason))
    if (!connection.isWell) return
    this.#idle.push(connection)
    this.#sendWhatWaits()
  }

  #drop(connection: Connection, reason: string): void {
    const index = this.#idle.indexOf(connection)
    if (index >= 0) {
      this.#idle.splice(index, 1)
      this.#options.onIdleLoss(reason)
    }
    this.#sendWhatWaits()
  }

  /** If another connection is open, the statements wait for that one. */
  #onConnectFailure(error: unknown): void {
    if (this.#connector.openCount === 0) this.#rejectWaiting(unavailable(error))
  }

  #rejectWaiting(error: DatabaseUnavailable): void {
    for (const statement of this.#waiting.splice(0)) statement.reject(error)
  }

  async #closeIdle(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()))
  }
}
