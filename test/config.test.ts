import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidConfig, parseConfig, readConfig } from '../src/config.js'

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
  ['NODE_ENV', '"production"', 'NODE_ENV is "\\"production\\"", but should be production, in small letters'],
  ['NODE_ENV', 'Production', 'NODE_ENV is "Production", but should be production'],
  ['NODE_ENV', 'prod', 'NODE_ENV is "prod", but should be production'],
  ['PGSSLMODE', 'yes', 'PGSSLMODE is "yes", but should be one of disable'],
  [
    'CACHE_KEY_PREFIX',
    'my app:',
    'CACHE_KEY_PREFIX is "my app:", but should be at most 100 visible ASCII characters, without a space',
  ],
  ['CACHE_KEY_PREFIX', 'größe:', 'CACHE_KEY_PREFIX is "größe:", but should be'],
  ['CACHE_KEY_PREFIX', 'x'.repeat(101), 'but should be at most 100'],
  ['MEMCACHIER_SERVERS', ',,', 'MEMCACHIER_SERVERS is ",,", but should be host or host:port'],
  ['MEMCACHE_SERVERS', ' ; ', 'MEMCACHE_SERVERS is ";", but should be host or host:port'],
])('refuses %s=%s and says what it should be', (name, value, message) => {
  expect(() => parseConfig({ [name]: value })).toThrow(InvalidConfig)
  expect(() => parseConfig({ [name]: value })).toThrow(message)
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

test('takes the smallest and the largest of each number', () => {
  const smallest = { CACHE_TTL: '1', PAGE_SIZE: '1', AUDIT_ONE_IN: '0', FRESHNESS_LEASE_MS: '0', PORT: '0' }
  expect(parseConfig(smallest)).toMatchObject({
    cacheTtlSeconds: 1,
    pageSize: 1,
    auditOneIn: 0,
    freshnessLeaseMs: 0,
    port: 0,
  })
  expect(parseConfig({ PORT: '65535', PAGE_SIZE: '1000' })).toMatchObject({ port: 65_535, pageSize: 1000 })
})

test('takes a prefix of 100 characters', () => {
  const prefix = '~'.repeat(99).concat('!')
  expect(parseConfig({ CACHE_KEY_PREFIX: prefix }).cacheKeyPrefix).toBe(prefix)
})

test('a process is named after its dyno on Heroku', () => {
  expect(parseConfig({ DYNO: 'web.2' }).name).toBe('web.2')
  expect(parseConfig({}).name).toBe('web')
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
