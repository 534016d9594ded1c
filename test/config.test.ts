import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidConfig, parseConfig, readConfig } from '../src/config.js'
import { createAuthority } from './support/certificates.js'

const POSTGRES = 'postgres://visitor:s3cret@db.example:5433/queue'

describe('defaults', () => {
  test('need no environment at all', () => {
    expect(parseConfig({})).toMatchObject({
      isProduction: false,
      port: 3000,
      host: undefined,
      postgres: undefined,
      dataDir: '.data',
      memcache: { servers: [] },
      cacheTtlSeconds: 500,
      freshnessLeaseMs: 200,
      pageSize: 100,
      slowQueryMs: 0,
      auditOneIn: 1000,
      writeLimitPerMinute: 300,
      trustProxyHops: 0,
      redirectsToHttps: false,
      webConcurrency: 1,
      logLevel: 'info',
    })
  })

  test('apply if a variable is empty', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: ' ', MEMCACHIER_SERVERS: '' })).toEqual(parseConfig({}))
  })

  test('are the ones that .env.example shows', () => {
    const lines = readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=(.+)$/gm)
    const shown = Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
    expect(Object.keys(shown)).toContain('FRESHNESS_LEASE_MS')
    expect(parseConfig(shown)).toEqual(parseConfig({}))
  })
})

test.each([
  ['PORT', 'abc', 'PORT is "abc", but should be a whole number from 0 to 65535'],
  ['PORT', '65536', 'PORT is "65536", but should be'],
  ['PORT', '-1', 'PORT is "-1", but should be'],
  ['CACHE_TTL', '0', 'CACHE_TTL is "0", but should be a whole number from 1 to 2592000'],
  ['FRESHNESS_LEASE_MS', '1.5', 'FRESHNESS_LEASE_MS is "1.5", but should be'],
  ['PAGE_SIZE', '1001', 'PAGE_SIZE is "1001", but should be a whole number from 1 to 1000'],
  ['PAGE_SIZE', '0', 'PAGE_SIZE is "0", but should be'],
  ['SLOW_QUERY_MS', '2s', 'SLOW_QUERY_MS is "2s", but should be'],
  ['AUDIT_ONE_IN', '1e3', 'AUDIT_ONE_IN is "1e3", but should be'],
  [
    'WRITE_LIMIT_PER_MINUTE',
    '-1',
    'WRITE_LIMIT_PER_MINUTE is "-1", but should be a whole number from 0 to 100000',
  ],
  ['TRUST_PROXY', 'true', 'TRUST_PROXY is "true", but should be a whole number from 0 to 100'],
  ['WEB_CONCURRENCY', '0', 'WEB_CONCURRENCY is "0", but should be a whole number from 1 to 64'],
  ['WEB_CONCURRENCY', '2', 'WEB_CONCURRENCY is "2", but should be 1 without DATABASE_URL'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud", but should be one of trace, debug'],
  ['PGSSLMODE', 'yes', 'PGSSLMODE is "yes", but should be one of disable'],
  ['MEMCACHIER_SERVERS', 'a:b', 'MEMCACHIER_SERVERS is "a:b", but should be host or host:port'],
  ['MEMCACHE_SERVERS', 'host:70000', 'MEMCACHE_SERVERS is "host:70000", but should be host or host:port'],
  ['MEMCACHIER_SERVERS', ',,', 'MEMCACHIER_SERVERS is ",,", but should be host or host:port'],
  ['MEMCACHE_SERVERS', ' ; ', 'MEMCACHE_SERVERS is ";", but should be host or host:port'],
  [
    'MEMCACHIER_SERVERS',
    'a,b:0,c',
    'MEMCACHIER_SERVERS is "a,b:0,c", but "b:0" in it should be host or host:port',
  ],
])('refuses %s=%s and says what it should be', (name, value, message) => {
  expect(() => parseConfig({ [name]: value })).toThrow(InvalidConfig)
  expect(() => parseConfig({ [name]: value })).toThrow(message)
})

test.each([
  'host:0',
  'host:99999',
  'host:',
  ':11211',
  '::1',
  '[::1',
  '[1.2.3.4]',
  '[12345]:11211',
  '127.0.0.256',
  '10.0.0:11211',
  'memcached://host:11211',
  '"host"',
  'host:11211:11211',
])('refuses %s as a memcache server, alone and among good ones', (server) => {
  const should = 'should be host or host:port, port 1 to 65535'
  expect(() => parseConfig({ MEMCACHIER_SERVERS: server })).toThrow(
    `MEMCACHIER_SERVERS is ${JSON.stringify(server)}, but ${should}`,
  )
  expect(() => parseConfig({ MEMCACHIER_SERVERS: `good.example, ${server}` })).toThrow(
    `, but ${JSON.stringify(server)} in it ${should}`,
  )
})

test('white space around a value does not count', () => {
  const values = { NODE_ENV: 'production ', HOST: ' ::1', LOG_LEVEL: 'warn\r', OPERATOR_PASSWORD: 's3cret\n' }
  expect(parseConfig({ DATABASE_URL: `${POSTGRES}\n`, ...values })).toMatchObject({
    isProduction: true,
    host: '::1',
    logLevel: 'warn',
    operatorPassword: 's3cret',
  })
})

test('a .env in another encoding is not ignored', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'))
  process.env.DOTENV_CONFIG_PATH = join(folder, '.env')
  writeFileSync(process.env.DOTENV_CONFIG_PATH, '\uFEFFPORT=4000\r\n', 'utf16le')
  expect(readConfig).toThrow("Can't start: .env is not UTF-8")
  writeFileSync(process.env.DOTENV_CONFIG_PATH, '\uFEFFPORT=4000\r\n')
  expect(readConfig().port).toBe(4000)
  rmSync(folder, { recursive: true })
})

test('names all faults in one line', () => {
  const faulty = () => parseConfig({ PORT: 'x', PAGE_SIZE: 'y', NODE_ENV: 'production' })
  expect(faulty).toThrow(/^Can't start: PORT is [^\n]*; PAGE_SIZE is [^\n]*; DATABASE_URL is missing[^\n]*$/)
})

test('refuses to start in production without DATABASE_URL, and not elsewhere', () => {
  expect(() => parseConfig({ NODE_ENV: 'production' })).toThrow('DATABASE_URL is missing')
  expect(parseConfig({ NODE_ENV: 'development' }).postgres).toBeUndefined()
})

test.each([
  ['DATABASE_URL', 'mysql://root:hunter2@db/queue'],
  ['DATABASE_URL', 'hunter2'],
  ['DATABASE_URL', `${POSTGRES.replace('s3cret', 'hunter2')}?sslmode=perhaps`],
  ['MEMCACHIER_SERVERS', 'user:hunter2@cache.example:11211'],
])('never shows the password in a message about %s', (name, value) => {
  expect(() => parseConfig({ [name]: value })).toThrow(name)
  expect(() => parseConfig({ [name]: value })).not.toThrow('hunter2')
})

test.each([
  ['one on Heroku', { DYNO: 'web.1' }, 1],
  ['none elsewhere', {}, 0],
  ['as many as it says', { DYNO: 'web.1', TRUST_PROXY: '2' }, 2],
  ['none if it says so', { DYNO: 'web.1', TRUST_PROXY: '0' }, 0],
])('TRUST_PROXY: %s', (_which, environment, hops) => {
  expect(parseConfig(environment).trustProxyHops).toBe(hops)
})

describe('memcache servers', () => {
  const one = { host: 'one.example', port: 11_211 }
  const two = { host: '10.0.0.2', port: 11_222 }

  test.each([
    'one.example,10.0.0.2:11222',
    'one.example:11211; 10.0.0.2:11222',
    ' one.example 10.0.0.2:11222 ',
  ])('are read from "%s"', (servers) => {
    expect(parseConfig({ MEMCACHIER_SERVERS: servers }).memcache.servers).toEqual([one, two])
    expect(parseConfig({ MEMCACHE_SERVERS: servers }).memcache.servers).toEqual([one, two])
  })

  test('may have IPv6 addresses', () => {
    const { servers } = parseConfig({ MEMCACHE_SERVERS: '[::1]:11222,[::2]' }).memcache
    expect(servers).toEqual([
      { host: '::1', port: 11_222 },
      { host: '::2', port: 11_211 },
    ])
  })

  test('and their credentials under MEMCACHIER_ names win over the generic ones', () => {
    const memcachier = {
      MEMCACHIER_SERVERS: 'one.example',
      MEMCACHIER_USERNAME: 'a',
      MEMCACHIER_PASSWORD: 'b',
    }
    const generic = { MEMCACHE_SERVERS: 'other', MEMCACHE_USERNAME: 'c', MEMCACHE_PASSWORD: 'd' }
    const expected = { servers: [one], username: 'a', password: 'b' }
    expect(parseConfig({ ...generic, ...memcachier }).memcache).toEqual(expected)
    expect(parseConfig({ ...generic }).memcache).toMatchObject({ username: 'c', password: 'd' })
  })
})

describe('Postgres', () => {
  const client = (url: string) => parseConfig({ DATABASE_URL: url }).postgres?.client

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
    ['?sslcert=test/config.test.ts', 'sslcert (PGSSLCERT) needs sslkey (PGSSLKEY)'],
    ['?sslkey=test/config.test.ts', 'sslkey (PGSSLKEY) needs sslcert (PGSSLCERT)'],
    ['?sslcert=/no.crt&sslkey=/no.key', 'sslcert (PGSSLCERT) is "/no.crt", which can\'t be read (ENOENT)'],
    ['?sslrootcert=/no.crt', 'sslrootcert (PGSSLROOTCERT) is "/no.crt", which can\'t be read (ENOENT)'],
    [
      '?sslmode=verify-full&sslrootcert=test/config.test.ts',
      'sslrootcert (PGSSLROOTCERT) is "test/config.test.ts", which can\'t be used',
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

describe('TLS to Postgres', () => {
  function tls(environment: Record<string, string>) {
    return parseConfig({ DATABASE_URL: POSTGRES, ...environment }).postgres?.tls
  }
  const UNVERIFIED = { rejectUnauthorized: false }
  const HERE = 'postgres://localhost/queue'

  test.each([
    ['is used if the server has it, by default', {}, [UNVERIFIED, false]],
    ['is used on this machine only if the server wants it', { DATABASE_URL: HERE }, [false, UNVERIFIED]],
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
    ['is on as `?ssl=true`', { DATABASE_URL: `${POSTGRES}?ssl=true` }, [UNVERIFIED]],
  ])('%s', (_promise, environment, expected) => {
    expect(tls(environment)).toEqual(expected)
  })

  test('verifies the chain but not the name as `verify-ca`, and as `require` with an authority', () => {
    const folder = mkdtempSync(join(tmpdir(), 'queue-config-'))
    const { certificate: authority } = createAuthority(folder, 'authority')
    for (const mode of ['verify-ca', 'require']) {
      const [options] = tls({ PGSSLMODE: mode, PGSSLROOTCERT: authority }) ?? []
      expect(options).toMatchObject({ ca: expect.any(String), checkServerIdentity: expect.any(Function) })
      expect(options).not.toHaveProperty('rejectUnauthorized')
    }
    rmSync(folder, { recursive: true })
  })
})
