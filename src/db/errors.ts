import { DatabaseError } from 'pg'

/** Postgres can't be reached, doesn't answer in time, or isn't ready to serve us. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

/** More was asked at once than is let through to Postgres, which may be well; the same may work in a moment. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
}

export function tooLate(deadlineMs: number): DatabaseUnavailable {
  return new DatabaseUnavailable(`Postgres did not answer within ${deadlineMs} ms`)
}

/**
 * SQLSTATEs that say "not now" rather than "wrong": by class (08 connection, 28 credentials, 53 resources,
 * 57 operator intervention, such as a shutdown) or whole (25006 read-only during a failover, 3D000 no such
 * database, 40001 and 40P01 try again, 42P01 and 42883 not migrated yet).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '53', '57'])
const UNAVAILABLE_STATES = new Set(['25006', '3D000', '40001', '40P01', '42501', '42P01', '42883', '55P03'])

/** Tells an unavailable database from a wrong statement: everything that Postgres did not say itself is the connection's. */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error
  const state = error instanceof DatabaseError ? (error.code ?? '') : undefined
  const wrong =
    state !== undefined && !UNAVAILABLE_CLASSES.has(state.slice(0, 2)) && !UNAVAILABLE_STATES.has(state)
  if (wrong) return error
  const reason = error instanceof Error ? error.message || errorCode(error) : String(error)
  return new DatabaseUnavailable(`Postgres is unavailable: ${reason}`, { cause: error })
}

/** Whether the connection broke, rather than Postgres saying no or nothing: then another one may work. */
export function isBrokenConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || (error.code ?? '').startsWith('57P')
}

/** Whether the database itself, of either kind, said no to a statement: then nothing of it has happened. */
export function wasRefused(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && !(error instanceof DatabaseUnavailable)
}

/** Whether Postgres stopped a statement that waited too long for a lock: nothing of it has happened. */
export function wasStopped(error: unknown): boolean {
  const { cause } = error instanceof DatabaseUnavailable ? error : {}
  return cause instanceof DatabaseError && cause.code === '55P03'
}

/** Node's errors for several failed addresses (AggregateError) have a code, but an empty message. */
function errorCode(error: Error): string {
  return 'code' in error ? String(error.code) : error.name
}
