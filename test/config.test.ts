import { readFileSync } from 'node:fs'
import { InvalidConfig, parseConfig } from '../src/config.js'

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

  test('stand where a variable is empty', () => {
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
  ['MEMCACHE_SERVERS', ' ; ', 'MEMCACHE_SERVERS is " ; ", but should be host or host:port'],
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
  ['none where it says so', { DYNO: 'web.1', TRUST_PROXY: '0' }, 0],
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

describe('TLS to Postgres', () => {
  function ssl(environment: Record<string, string>) {
    return parseConfig({ DATABASE_URL: POSTGRES, ...environment }).postgres?.ssl
  }
  const authority = 'test/config.test.ts' // any file that can be read

  test.each([
    ['is off by default', {}, false],
    [
      "takes Heroku's own certificates without further set-up",
      { DYNO: 'web.1' },
      { rejectUnauthorized: false },
    ],
    ['is off as `disable`', { DYNO: 'web.1', PGSSLMODE: 'disable' }, false],
    ['asks for no certificate as `require`', { PGSSLMODE: 'require' }, { rejectUnauthorized: false }],
    ['asks for no certificate as `no-verify`', { PGSSLMODE: 'no-verify' }, { rejectUnauthorized: false }],
    ['verifies all as `verify-full`', { PGSSLMODE: 'verify-full' }, {}],
  ])('%s', (_promise, environment, expected) => {
    expect(ssl(environment)).toEqual(expected)
  })

  test('verifies the chain but not the name as `verify-ca`, and as `require` with an authority', () => {
    for (const mode of ['verify-ca', 'require']) {
      const options = ssl({ PGSSLMODE: mode, PGSSLROOTCERT: authority })
      expect(options).toMatchObject({ ca: expect.any(String), checkServerIdentity: expect.any(Function) })
      expect(options).not.toHaveProperty('rejectUnauthorized')
    }
  })

  test('is as the address says, whatever the environment says', () => {
    const { postgres } = parseConfig({ DATABASE_URL: `${POSTGRES}?sslmode=require`, PGSSLMODE: 'disable' })
    expect(postgres?.ssl).toEqual({ rejectUnauthorized: false })
    expect(postgres?.connectionString).toBe(POSTGRES) // node-postgres means something else by the same word
  })

  test('refuses an authority that can not be read', () => {
    expect(() => ssl({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/nowhere.pem' })).toThrow('"/nowhere.pem"')
  })
})
