import { parseDatabaseUrl } from '../../../src/db/address/databaseUrl.js'

test.each(['jdbc:postgresql://db.example/queue', 'db.example', 'mysql://db.example/queue'])(
  '%s is not a Postgres address, and the message shows one',
  (url) => {
    expect(() => parseDatabaseUrl(url)).toThrow(
      'should be a Postgres address: postgres://user:password@host:5432/database',
    )
  },
)

test('white space around the address is ignored', () => {
  expect(parseDatabaseUrl(' postgres://h/q\n')).toMatchObject({ host: 'h', database: 'q' })
})

test('what follows an IPv6 address without a colon is refused', () => {
  expect(() => parseDatabaseUrl('postgres://[::1]5433/q')).toThrow('port')
})

test.each([
  ...['hostaddr=10.0.0.1', 'service=main', 'servicefile=/s', 'requirepeer=postgres'],
  ...['require_auth=scram-sha-256', 'sslcrl=/revoked.crl', 'sslcrldir=/revoked'],
])('%s, which would change where and how safely it connects, is refused and not ignored', (parameter) => {
  const [name] = parameter.split('=')
  expect(() => parseDatabaseUrl(`postgres://h/q?${parameter}`)).toThrow(
    `has ${name}, which this app does not`,
  )
})

test('empty parameters are ignored', () => {
  expect(parseDatabaseUrl('postgres://h/q?&sslmode=require&').parameters).toEqual(
    new Map([['sslmode', 'require']]),
  )
})

test.each([1, 5432, 65_535])('port %i is taken', (port) => {
  expect(parseDatabaseUrl(`postgres://h:${port}/q`).port).toBe(port)
  expect(parseDatabaseUrl(`postgres:///q?host=h&port=${port}`).port).toBe(port)
})

test.each(['0', '65536', '100000', '-1', 'x5432', '5432x', '5432.5', ' '])('port "%s" is refused', (port) => {
  expect(() => parseDatabaseUrl(`postgres://h:${port}/q`)).toThrow('a whole number from 1 to 65535')
})

test.each([
  'postgres://me:12/s3cret@h/q',
  'postgres://me:12?s3cret@h/q',
  'postgres://me:1@2/s3cret@h/q',
  'postgres://me:12/s3cret@h',
])('%s has a password that ends too early, of which no part is taken for a host or a port', (url) => {
  expect(() => parseDatabaseUrl(url)).toThrow('has an @ after a / or ?: in a name or password write %40')
})

test('names and passwords may have every character, written as % and two digits', () => {
  const url = 'postgres://m%40e:%25%40%3A%2F%3F%23@h/q%40a?application_name=a@b'
  expect(parseDatabaseUrl(url)).toMatchObject({ user: 'm@e', password: '%@:/?#', host: 'h', database: 'q@a' })
})
