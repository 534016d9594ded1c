import { once } from 'node:events'
import { createServer } from 'node:net'
import { InvalidConfig, parseConfig } from '../../../src/config.js'
import type { PostgresAddress } from '../../../src/db/address/postgresAddress.js'
import { freePort } from '../../support/freePort.js'

const WITH_TLS = { rejectUnauthorized: false }

function address(url: string, environment: Record<string, string> = {}): PostgresAddress {
  const { postgres } = parseConfig({ DATABASE_URL: url, ...environment })
  if (!postgres) throw new Error('there is no address')
  return postgres
}

test('without a host it is the socket of this machine’s Postgres with that port, else localhost', async () => {
  const port = await freePort()
  const addresses = () => [
    address(`postgres:///queue?port=${port}`),
    address('postgres:///queue', { PGPORT: String(port) }),
  ]
  for (const { client } of addresses()) expect(client).toMatchObject({ host: 'localhost', port })
  const server = createServer().listen(`/tmp/.s.PGSQL.${port}`)
  await once(server, 'listening')
  for (const there of addresses())
    expect(there).toMatchObject({ client: { host: '/tmp', port }, tls: [false] })
  server.close()
})

test('PGHOST and PGPORT count if the address names none', () => {
  const environment = { PGHOST: 'other.example', PGPORT: '5433' }
  expect(address('postgres:///queue', environment).client).toMatchObject({
    host: 'other.example',
    port: 5433,
  })
  expect(address('postgres://db.example:5434/queue', environment).client).toMatchObject({
    host: 'db.example',
    port: 5434,
  })
  expect(() => address('postgres:///queue', { PGPORT: 'x' })).toThrow(
    'PGPORT is "x", but should be a whole number',
  )
})

test.each(['localhost', '127.0.0.1', '127.12.345.67', '[::1]'])(
  '%s is this machine: TLS only if the server wants it',
  (host) => {
    expect(address(`postgres://${host}/queue`).tls).toEqual([false, WITH_TLS])
  },
)

test.each(['localhost.example', 'not-localhost', '127.0.0.1.example', '10.127.0.0.1', '[::12]', '[2::1]'])(
  '%s is another machine: TLS if the server has it',
  (host) => {
    expect(address(`postgres://${host}/queue`).tls).toEqual([WITH_TLS, false])
  },
)

test.each([
  ['true', [WITH_TLS]],
  ['1', [WITH_TLS]],
  ['no-verify', [WITH_TLS]],
  ['false', [false]],
  ['0', [false]],
])('?ssl=%s means what it means to other libraries', (ssl, tls) => {
  expect(address(`postgres://db.example/queue?ssl=${ssl}`).tls).toEqual(tls)
})

test.each([
  ['', false],
  ['channel_binding=disable', false],
  ['channel_binding=prefer', true],
  ['channel_binding=require', true],
])('?%s binds the password to the TLS connection: %s', (parameter, enableChannelBinding) => {
  expect(address(`postgres://db.example/queue?${parameter}`).client).toMatchObject({ enableChannelBinding })
})

test('TLS begins at once if the address says so, and on request otherwise', () => {
  const negotiation = (way: string) =>
    address(`postgres://db.example/queue?sslmode=require&sslnegotiation=${way}`).client
  expect(negotiation('direct')).toMatchObject({ sslnegotiation: 'direct' })
  expect(negotiation('postgres')).not.toHaveProperty('sslnegotiation')
  expect(() => negotiation('perhaps')).toThrow('sslnegotiation in DATABASE_URL should be postgres or direct')
})

describe('DATABASE_URL', () => {
  const POSTGRES = 'postgres://visitor:s3cret@db.example:5433/queue'
  const client = (url: string) => address(url).client

  test.each<[string, object]>([
    [POSTGRES, { user: 'visitor', password: 's3cret', host: 'db.example', port: 5433, database: 'queue' }],
    ['postgresql://db.example', { host: 'db.example' }],
    ['postgres:///queue?host=/var/run/postgresql', { host: '/var/run/postgresql', database: 'queue' }],
    ['postgres://me@/queue?host=/tmp', { user: 'me', host: '/tmp', database: 'queue' }],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/queue', { host: '/var/run/postgresql', database: 'queue' }],
    ['postgres://me:p%40ss%2F#w@h/q', { user: 'me', password: 'p@ss/#w', host: 'h', database: 'q' }],
    ['postgres://[::1]:5433/q', { host: '::1', port: 5433, database: 'q' }],
    [
      'postgres://?host=h&port=5433&user=a@b&password=c%26d&dbname=q',
      { host: 'h', port: 5433, user: 'a@b', password: 'c&d', database: 'q' },
    ],
    [
      'postgres://h/q?options=-c%20search_path%3Dtenant&application_name=mine&connect_timeout=10',
      { host: 'h', database: 'q', options: '-c search_path=tenant', application_name: 'mine' },
    ],
    ['postgres://h/q?sslmode=require&channel_binding=require', { enableChannelBinding: true }],
  ])('%s means what it means to psql', (url, expected) => {
    expect(client(url)).toMatchObject(expected)
  })

  test('node-postgres never sees the URL, in which it reads TLS otherwise', () => {
    expect(client(`${POSTGRES}?sslmode=require`)).not.toHaveProperty('connectionString')
  })

  test.each([
    ['?sslmode=maybe', 'sslmode in DATABASE_URL is "maybe", but should be one of disable, allow, prefer'],
    ['?sslcert=test/db/address/postgresAddress.test.ts', 'sslcert (PGSSLCERT) needs sslkey (PGSSLKEY)'],
    ['?sslkey=test/db/address/postgresAddress.test.ts', 'sslkey (PGSSLKEY) needs sslcert (PGSSLCERT)'],
    ['?sslcert=/no.crt&sslkey=/no.key', 'sslcert (PGSSLCERT) is "/no.crt", which can\'t be read (ENOENT)'],
    [
      '?sslrootcert=/no.crt',
      'sslrootcert (PGSSLROOTCERT) is "/no.crt", which can\'t be read (ENOENT); it should be a file in PEM format',
    ],
    [
      '?sslmode=verify-full&sslrootcert=test/db/address/postgresAddress.test.ts',
      'sslrootcert (PGSSLROOTCERT) is "test/db/address/postgresAddress.test.ts", which can\'t be used',
    ],
    ['?sslmode=require&sslrootcert=system', 'sslrootcert=system needs sslmode=verify-full, not require'],
    ['?service=main', 'DATABASE_URL has service, which this app does not support'],
    ['?host=one,two', 'DATABASE_URL names several hosts, but should name one'],
    ['?port=0', 'DATABASE_URL has a port that should be a whole number from 1 to 65535'],
    ['?sslnegotiation=direct&sslmode=prefer', 'sslnegotiation=direct needs sslmode=require'],
  ])('%s is refused, and the message says why without a secret', (parameters, message) => {
    const parse = () => parseConfig({ DATABASE_URL: POSTGRES + parameters })
    expect(parse).toThrow(InvalidConfig)
    expect(parse).toThrow(message)
    expect(parse).not.toThrow('s3cret')
  })

  test('a % that encodes nothing is explained', () => {
    expect(() => client('postgres://me:50%@h/q')).toThrow('write %25')
  })
})
