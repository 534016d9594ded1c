import {
  areConnectionsTaken,
  asDatabaseError,
  asMigrationError,
  asWriteError,
  ConnectionLost,
  codeOf,
  DatabaseUnavailable,
  hasDoneNothing,
  hitLockTimeout,
  leavesSessionWell,
  NotConnectedYet,
  TooBusy,
  tooLate,
  unavailable,
  wasRefused,
} from '../../src/db/errors.js'

/** As both drivers throw what Postgres says. */
function postgresError(sqlState: string): Error {
  return Object.assign(new Error(`Postgres says ${sqlState}`), { severity: 'ERROR', code: sqlState })
}

// [SQLSTATE, an outage to a statement, an outage to a migration, may be sent again, the session goes on]
test.each<[string, boolean, boolean, boolean, boolean]>([
  ['08006', true, true, false, false], // connection failure
  ['28P01', true, true, false, false], // wrong password
  ['53100', true, true, false, false], // disk full
  ['55P03', true, true, false, true], // lock_timeout
  ['57014', true, true, false, true], // statement_timeout
  ['57P05', true, true, true, false], // idle_session_timeout
  ['58030', true, true, false, false], // I/O error
  ['XX000', true, true, false, false], // internal error
  ['25006', true, true, false, false], // read-only
  ['3D000', true, true, false, false], // no such database
  ['40001', true, true, true, true], // serialization failure
  ['40P01', true, true, true, true], // deadlock
  ['42501', true, false, false, false], // right revoked
  ['3F000', true, false, false, false], // no such schema
  ['42P01', true, false, false, false], // no such table
  ['42883', true, false, false, false], // no such function
  ['42703', true, false, false, false], // no such column
  ['42804', true, false, false, false], // a column of another type
  ['22012', false, false, false, false], // division by zero
  ['23514', false, false, false, false], // check violation
  ['42601', false, false, false, false], // syntax error
  ['25001', false, false, false, false], // active transaction
  ['40002', false, false, false, false], // integrity violation at commit
])(
  'SQLSTATE %s: outage %s, for a migration %s; sent again %s; the session goes on %s',
  (sqlState, isOutage, isOutageToMigration, isRepeatable, sessionGoesOn) => {
    const error = postgresError(sqlState)
    expect(asDatabaseError(error) instanceof DatabaseUnavailable).toBe(isOutage)
    expect(asMigrationError(error) instanceof DatabaseUnavailable).toBe(isOutageToMigration)
    expect(hasDoneNothing(error)).toBe(isRepeatable)
    expect(leavesSessionWell(error)).toBe(sessionGoesOn)
  },
)

test.each([
  ['23514', true], // somebody's check
  ['P0001', true], // somebody's trigger
  ['27000', true],
  ['53100', true], // disk full
  ['42501', true], // right revoked
  ['22021', false], // a text that the encoding can't hold
  ['42601', false], // syntax error
])('SQLSTATE %s of a checked write: an outage %s', (sqlState, isOutage) => {
  const error = asWriteError(postgresError(sqlState))
  expect(error instanceof DatabaseUnavailable).toBe(isOutage)
  expect(isOutage ? (error as Error).cause : error).toEqual(postgresError(sqlState))
})

test.each([
  ['53300', 'sorry, too many clients already', true],
  ['08P01', 'no more connections allowed (max_client_conn)', true],
  ['08P01', 'client connections exceeded (max_db_client_connections)', true],
  ['08P01', 'query_wait_timeout', false],
])('SQLSTATE %s, "%s": all connections are taken %s', (sqlState, message, areTaken) => {
  const refusal = Object.assign(new Error(message), { severity: 'FATAL', code: sqlState })
  expect(areConnectionsTaken(refusal)).toBe(areTaken)
})

test('an error that is not one of Postgres stays the same object', () => {
  const error = new TypeError('a bug')
  expect(asWriteError(error)).toBe(error)
})

test('an error that is not an outage stays the same object', () => {
  const error = postgresError('22012')
  expect(asDatabaseError(error)).toBe(error)
  expect(asMigrationError(error)).toBe(error)
})

test('an outage stays the same object, with its own class', () => {
  const error = new NotConnectedYet('not yet')
  expect(asDatabaseError(error)).toBe(error)
  expect(asMigrationError(error)).toBe(error)
  expect(unavailable(error)).toBe(error)
})

test('a lost connection is an outage, and its cause says what became of the statement', () => {
  const lost = (cause: Error) => new ConnectionLost('lost', { cause })
  expect(asDatabaseError(lost(new Error('reset')))).toBeInstanceOf(DatabaseUnavailable)
  expect(asMigrationError(lost(new Error('reset')))).toBeInstanceOf(DatabaseUnavailable)
  expect(hasDoneNothing(lost(new Error('reset')))).toBe(false)
  expect(hasDoneNothing(lost(postgresError('57P05')))).toBe(true)
})

test.each([
  ['no error at all', { severity: 'ERROR', code: '40001' }],
  ['an error without a severity', Object.assign(new Error('no'), { code: '40001' })],
  ['an error without a code', Object.assign(new Error('no'), { severity: 'ERROR' })],
])('%s is not an error of Postgres, even if its code looks like one', (_what, error) => {
  expect(hasDoneNothing(error)).toBe(false)
  expect(leavesSessionWell(error)).toBe(false)
  expect(asDatabaseError(error)).toBe(error)
})

test('a statement was refused if the database itself said no, and not if it became unavailable', () => {
  expect(wasRefused(postgresError('23514'))).toBe(true)
  expect(wasRefused(unavailable(postgresError('53100')))).toBe(false)
  expect(wasRefused(Object.assign(new DatabaseUnavailable('no'), { severity: 'FATAL' }))).toBe(false)
  expect(wasRefused(new Error('a bug'))).toBe(false)
  expect(wasRefused({ severity: 'ERROR' })).toBe(false)
})

test('a statement was stopped if it waited too long for a lock', () => {
  expect(hitLockTimeout(unavailable(postgresError('55P03')))).toBe(true)
  expect(hitLockTimeout(unavailable(postgresError('57014')))).toBe(false)
  expect(hitLockTimeout(new Error('a bug', { cause: postgresError('55P03') }))).toBe(false)
  expect(hitLockTimeout(tooLate(400))).toBe(false)
})

test('an error that makes Postgres unavailable is its reason and its cause', () => {
  const cause = new Error('no route to host')
  expect(unavailable(cause)).toMatchObject({ message: 'Postgres is unavailable: no route to host', cause })
})

test('the code of an error is its own or that of its cause, and empty if there is none', () => {
  expect(codeOf(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe('ENOENT')
  expect(codeOf(new ConnectionLost('gone', { cause: postgresError('57P01') }))).toBe('57P01')
  expect([new Error('no'), null, undefined, 'ENOENT'].map(codeOf)).toEqual(['', '', '', ''])
})

test('messages say how long was waited, in whole milliseconds, and what to do', () => {
  expect(tooLate(399.6).message).toBe('Postgres did not answer within 400 ms')
  expect(new TooBusy().message).toMatch(/try again/)
})
