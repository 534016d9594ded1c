import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../../src/config.js'
import { tlsToTry } from '../../../src/db/address/tls.js'
import { type Certificate, createAuthority } from '../../support/certificates.js'

const KEY_PASSWORD = 's3cret'

let folder: string
let authority: Certificate
let encryptedKey: string
let emptyFile: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'queue-tls-'))
  authority = createAuthority(folder, 'authority')
  encryptedKey = join(folder, 'encrypted.key')
  emptyFile = join(folder, 'empty.crt')
  writeFileSync(emptyFile, '')
  const encryption = { cipher: 'aes-256-cbc', passphrase: KEY_PASSWORD }
  const key = createPrivateKey(readFileSync(authority.key))
  writeFileSync(encryptedKey, key.export({ type: 'pkcs8', format: 'pem', ...encryption }))
})

afterAll(() => rmSync(folder, { recursive: true }))

test('verify-ca takes any host name, with the authorities of the system too', () => {
  const [options] = tlsToTry({ mode: 'verify-ca' }, 'prefer')
  expect(options).toEqual({ checkServerIdentity: expect.any(Function) })
})

test('no-verify verifies nothing, even with an authority', () => {
  const [options] = tlsToTry({ mode: 'no-verify', rootCertificateFile: authority.certificate }, 'prefer')
  expect(options).toMatchObject({ ca: expect.any(String), rejectUnauthorized: false })
})

test('a certificate of our own is sent with its key, and with the password of the key if it has one', () => {
  const plain = { certificateFile: authority.certificate, keyFile: authority.key }
  const [options] = tlsToTry({ mode: 'require', ...plain }, 'prefer')
  expect(options).toEqual({
    cert: readFileSync(authority.certificate, 'utf8'),
    key: readFileSync(authority.key, 'utf8'),
    rejectUnauthorized: false,
  })
  const encrypted = { ...plain, keyFile: encryptedKey, keyPassword: KEY_PASSWORD }
  expect(tlsToTry({ mode: 'require', ...encrypted }, 'prefer')).toMatchObject([{ passphrase: KEY_PASSWORD }])
})

test.each<[string, () => { certificateFile: string; keyFile: string; keyPassword?: string }, string]>([
  [
    'a certificate that is none',
    () => ({ certificateFile: authority.key, keyFile: authority.key }),
    'sslcert (PGSSLCERT)',
  ],
  [
    'an empty certificate',
    () => ({ certificateFile: emptyFile, keyFile: authority.key }),
    'sslcert (PGSSLCERT)',
  ],
  [
    'a key that is none',
    () => ({ certificateFile: authority.certificate, keyFile: authority.certificate }),
    'sslkey (PGSSLKEY)',
  ],
  [
    'a key whose password is missing',
    () => ({ certificateFile: authority.certificate, keyFile: encryptedKey }),
    'sslkey (PGSSLKEY)',
  ],
  [
    'a key with another password',
    () => ({ certificateFile: authority.certificate, keyFile: encryptedKey, keyPassword: 'hunter2' }),
    'sslkey (PGSSLKEY)',
  ],
])('%s is refused at start, and the message names the setting and OpenSSL’s reason', (_what, files, name) => {
  const refused = () => tlsToTry({ mode: 'require', ...files() }, 'prefer')
  const cause = expect.objectContaining({ code: expect.any(String) })
  expect(refused).toThrow(expect.objectContaining({ cause }))
  expect(refused).toThrow(/can't be used \(ERR_\w+\)$/)
  expect(refused).toThrow(`${name} is `)
  expect(refused).not.toThrow('hunter2')
})

describe('as configured, TLS', () => {
  const POSTGRES = 'postgres://db.example/queue'

  function tls(environment: Record<string, string>) {
    return parseConfig({ DATABASE_URL: POSTGRES, ...environment }).postgres?.tls
  }
  const UNVERIFIED = { rejectUnauthorized: false }

  test.each([
    ['is off over a Unix socket', { DATABASE_URL: 'postgres://?host=/tmp&sslmode=verify-full' }, [false]],
    ["takes Heroku's own certificates without further set-up", { DYNO: 'web.1' }, [UNVERIFIED]],
    ['is off as `disable`', { DYNO: 'web.1', PGSSLMODE: 'disable' }, [false]],
    [
      'is off as `disable`, whatever certificates there are',
      { DATABASE_URL: `${POSTGRES}?sslmode=disable&sslcert=/no.crt&sslkey=/no.key` },
      [false],
    ],
    ['comes second as `allow`', { PGSSLMODE: 'allow' }, [false, UNVERIFIED]],
    ['comes first as `prefer`', { PGSSLMODE: 'prefer' }, [UNVERIFIED, false]],
    ['asks for no certificate as `require`', { PGSSLMODE: 'require' }, [UNVERIFIED]],
    ['asks for no certificate as `no-verify`', { PGSSLMODE: 'no-verify' }, [UNVERIFIED]],
    ['verifies all as `verify-full`', { PGSSLMODE: 'verify-full' }, [{}]],
    ['verifies all with the authorities of the system', { PGSSLROOTCERT: 'system' }, [{}]],
    [
      'is as the address says, whatever the environment says',
      { DATABASE_URL: `${POSTGRES}?sslmode=require`, PGSSLMODE: 'disable' },
      [UNVERIFIED],
    ],
  ])('%s', (_promise, environment, expected) => {
    expect(tls(environment)).toEqual(expected)
  })

  test('verifies the chain but not the name as `verify-ca`, and as `require` with an authority', () => {
    for (const mode of ['verify-ca', 'require']) {
      const [options] = tls({ PGSSLMODE: mode, PGSSLROOTCERT: authority.certificate }) ?? []
      expect(options).toMatchObject({ ca: expect.any(String), checkServerIdentity: expect.any(Function) })
      expect(options).not.toHaveProperty('rejectUnauthorized')
    }
  })
})
