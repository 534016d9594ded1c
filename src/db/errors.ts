import { reasonOf } from '../reasonOf.js'

/** Postgres can't be reached, doesn't answer in time, or isn't ready to serve us. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable'
}

/**
 * The first connection to Postgres is still being made. This does not mean that Postgres is down. The request can't be
 * served yet, but the next one may be.
 */
export class NotConnectedYet extends DatabaseUnavailable {
  override readonly name = 'NotConnectedYet'
}

/** This process has more statements for Postgres than connections. Postgres itself works. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'

  constructor() {
    super('Too many requests at the same time. Please try again in a moment.')
  }
}

/** The connection broke, or Postgres ended it (a FATAL error): the statement may have run or not. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

export function tooLate(deadlineMs: number): DatabaseUnavailable {
  return new DatabaseUnavailable(`Postgres did not answer within ${Math.round(deadlineMs)} ms`)
}

/**
 * SQLSTATEs that say "not now" rather than "wrong". By class: 08 connection, 28 credentials, 53 resources (a full
 * disk), 55 not in the state for it (55P03 is lock_timeout), 57 operator intervention (a shutdown, 57014 is
 * statement_timeout), 58 and XX errors of the system or of Postgres itself. Whole: 25006 read-only (a standby),
 * 3D000 no such database, 40001 and 40P01 try again.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const NOT_NOW = /^(08|28|53|55|57|58|XX|25006|3D000|40001|40P01)/

/**
 * SQLSTATEs that say that the database isn't ready for us: 42501 the right was revoked (Heroku does this when a plan
 * is full); 3F000 and the rest of class 42 that it isn't migrated yet, or that somebody has altered a table. Only 42601, a
 * syntax error, is ours. To a migration they are all errors of its own.
 */
const NOT_READY = /^(42(?!601)|3F000)/

/**
 * SQLSTATEs that say that a write itself is wrong: 22 its values, 42601 its syntax. Others say that somebody else's
 * trigger or constraint refuses it.
 */
const WRONG_WRITE = /^(22|42601)/

/** The statement was rolled back whole because of another transaction: it may be sent again. */
const ROLLED_BACK = new Set(['40001', '40P01'])
/** `idle_session_timeout` has ended the session before it read the statement. */
const IDLE_SESSION_TIMEOUT = '57P05'
/** After these the session is as good as before. After others a new one may help: a setting or a server changed. */
const SESSION_IS_WELL = new Set([...ROLLED_BACK, '55P03', '57014'])

/** Makes an error of a statement `DatabaseUnavailable`, unless the statement itself is wrong. */
export function asDatabaseError(error: unknown): unknown {
  return isOutage(error) || NOT_READY.test(sqlState(error)) ? unavailable(error) : error
}

/** The same for a write whose values were checked before. */
export function asWriteError(error: unknown): unknown {
  const state = sqlState(error)
  return state !== '' && !WRONG_WRITE.test(state) ? unavailable(error) : asDatabaseError(error)
}

/** The same for a migration. It creates what other statements find missing, and waiting does not give it a right. */
export function asMigrationError(error: unknown): unknown {
  return isOutage(error) ? unavailable(error) : error
}

/** Makes any error a `DatabaseUnavailable`. */
export function unavailable(error: unknown): DatabaseUnavailable {
  if (error instanceof DatabaseUnavailable) return error
  return new DatabaseUnavailable(`Postgres is unavailable: ${reasonOf(error)}`, { cause: error })
}

/**
 * Whether a statement with this error has certainly changed nothing, and may succeed if it is sent again. Also for writes.
 * https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
export function hasDoneNothing(error: unknown): boolean {
  const cause = error instanceof ConnectionLost ? error.cause : error
  const state = sqlState(cause)
  return ROLLED_BACK.has(state) || state === IDLE_SESSION_TIMEOUT
}

/** Whether the session may go on after this error. */
export function leavesSessionWell(error: unknown): boolean {
  return SESSION_IS_WELL.has(sqlState(error))
}

/** Whether the database itself (Postgres or PGlite) refused the statement. Then it has changed nothing. */
export function wasRefused(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && !(error instanceof DatabaseUnavailable)
}

/** Whether our triggers have missed a write, which was rolled back: another trigger has skipped it, or one of them is off. */
export function wasNotCounted(error: unknown): boolean {
  return sqlState(error) === '09000' // triggered_action_exception, raised by write_batch()
}

/** Whether Postgres stopped a statement that waited too long for a lock. Then it has changed nothing. */
export function hitLockTimeout(error: unknown): boolean {
  return error instanceof DatabaseUnavailable && sqlState(error.cause) === '55P03'
}

/**
 * Whether all connections are taken: those of the server, the database or the role, or those that PgBouncer accepts
 * (`max_client_conn` and the like). For PgBouncer each refusal is a protocol violation, so only its message says it.
 */
export function areConnectionsTaken(error: unknown): boolean {
  return codeOf(error) === '53300' || /\(max_\w*client_conn/.test(reasonOf(error))
}

function isOutage(error: unknown): boolean {
  return (
    error instanceof DatabaseUnavailable || error instanceof ConnectionLost || NOT_NOW.test(sqlState(error))
  )
}

/** Empty if it is not an error of Postgres. Not by class, because pg and PGlite have different ones. */
function sqlState(error: unknown): string {
  const isPostgres = error instanceof Error && 'severity' in error && 'code' in error
  return isPostgres ? String(error.code) : ''
}

/** The system's, OpenSSL's or Postgres's code for an error or its cause: `ECONNREFUSED`, a SQLSTATE. Empty if it has none. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error) return String(error.code)
  return 'cause' in error ? codeOf(error.cause) : ''
}
