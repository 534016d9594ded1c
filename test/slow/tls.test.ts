import pg from 'pg'
import { verifyDatabase } from '../../src/verify/database.js'
import { startTestApp } from '../support/testApp.js'
import { startTlsPostgres, type TlsPostgres } from '../support/tlsPostgres.js'
import { procfileCommand, runCommand } from '../support/webProcess.js'
import { checkResult, checkResults } from '../verify/checkResults.js'

let server: TlsPostgres

beforeAll(async () => {
  server = await startTlsPostgres()
  const env = { DATABASE_URL: server.url(), DYNO: 'release.1' }
  expect(await runCommand(procfileCommand('release'), env)).toMatchObject({ code: 0 })
})

afterAll(() => server.postgres.stop())

const IS_VERIFIED = 'the certificate and the host name in it were verified'
const IS_NOT_VERIFIED = 'the certificate is not verified'

interface Case {
  readonly mode?: string
  readonly authority?: 'authority' | 'otherAuthority'
  readonly host?: string
  readonly DYNO?: string
}

function environment({ mode, authority, host, DYNO }: Case): Record<string, string> {
  return {
    DATABASE_URL: server.url(host),
    ...(mode && { PGSSLMODE: mode }),
    ...(authority && { PGSSLROOTCERT: server[authority] }),
    ...(DYNO && { DYNO }),
  }
}

test.each<[string, Case, string]>([
  ["Heroku's own, without further set-up", { DYNO: 'web.1' }, IS_NOT_VERIFIED],
  ['one of an unknown authority, as `require`', { mode: 'require' }, IS_NOT_VERIFIED],
  ['one of an unknown authority, as `no-verify`', { mode: 'no-verify' }, IS_NOT_VERIFIED],
  [
    'one of a given authority, as `verify-full`',
    { mode: 'verify-full', authority: 'authority' },
    IS_VERIFIED,
  ],
  [
    'one of a given authority under another name, as `verify-ca`',
    { mode: 'verify-ca', authority: 'authority', host: '127.0.0.1' },
    'the host name in it was not',
  ],
])('takes a certificate: %s', async (_case, given, words) => {
  const found = await checkResults(verifyDatabase, environment(given))
  expect(found[1]).toEqual(checkResult('ok', 'TLS', words))
  const app = await startTestApp({ ...environment(given), MEMCACHIER_SERVERS: '' })
  expect(await app.queue()).toMatchObject({ current: true })
  await app.close()
})

test.each<[string, Case, string]>([
  ['one of an unknown authority, as `verify-full`', { mode: 'verify-full' }, 'PGSSLROOTCERT'],
  ['one of an unknown authority, as `verify-ca`', { mode: 'verify-ca' }, 'PGSSLROOTCERT'],
  [
    'one of another authority, as `verify-full`',
    { mode: 'verify-full', authority: 'otherAuthority' },
    'PGSSLROOTCERT',
  ],
  [
    'one of another authority, as `require` with an authority',
    { mode: 'require', authority: 'otherAuthority' },
    'PGSSLROOTCERT',
  ],
  [
    'one for another host, as `verify-full`',
    { mode: 'verify-full', authority: 'authority', host: '127.0.0.1' },
    'for another host',
  ],
  ['no TLS, as `disable`', { mode: 'disable', DYNO: 'web.1' }, 'TLS is required'],
])('refuses, and says why: %s', async (_case, given, words) => {
  expect(await checkResults(verifyDatabase, environment(given))).toEqual([
    checkResult('failed', 'database', words),
  ])
  const result = await runCommand(procfileCommand('release'), environment(given))
  expect(result.code).toBe(1)
  expect(result.stderr).toContain('Postgres is unavailable: ')
})

test.each(['prefer', 'allow', undefined])('takes a server that wants TLS, as `%s`', async (mode) => {
  const found = await checkResults(verifyDatabase, environment({ ...(mode && { mode }) }))
  expect(found.slice(0, 2)).toEqual([
    checkResult('ok', 'database', 'answers'),
    checkResult('ok', 'TLS', IS_NOT_VERIFIED),
  ])
})

describe('a certificate of our own', () => {
  beforeAll(async () => {
    const client = new pg.Client({ connectionString: server.url(), ssl: { rejectUnauthorized: false } })
    await client.connect()
    await client.query('create database certified')
    await client.end()
  })

  const parameters = () =>
    `?sslmode=verify-full&sslrootcert=${server.authority}&sslcert=${server.client.certificate}&sslkey=${server.client.key}`
  const certified = () => `postgres://postgres@localhost:${server.postgres.port}/certified`

  test('is given by the address, as psql takes it', async () => {
    const found = await checkResults(verifyDatabase, { DATABASE_URL: certified() + parameters() })
    expect(found.slice(0, 2)).toEqual([
      checkResult('ok', 'database', 'answers, as postgres on certified'),
      checkResult('ok', 'TLS', IS_VERIFIED),
    ])
  })

  test('is given by the environment', async () => {
    const found = await checkResults(verifyDatabase, {
      DATABASE_URL: certified(),
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: server.authority,
      PGSSLCERT: server.client.certificate,
      PGSSLKEY: server.client.key,
    })
    expect(found[1]).toEqual(checkResult('ok', 'TLS', IS_VERIFIED))
  })

  test('is reported as missing if the server wants one', async () => {
    const found = await checkResults(verifyDatabase, { DATABASE_URL: `${certified()}?sslmode=require` })
    expect(found).toEqual([checkResult('failed', 'database', 'certificate')])
  })
})
