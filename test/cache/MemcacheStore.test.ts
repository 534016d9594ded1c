import { createHash } from 'node:crypto'
import { MemcacheStore, type Token } from '../../src/cache/index.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { startStore } from './memcacheStore.js'
import { startProcess, TestSource } from './processes.js'
import { stored } from './storeSuite.js'

const ONE = Buffer.from('one')
const KEYS = Array.from({ length: 20 }, (_, i) => `key-${i}`)

let servers: Memcached[]
let networks: FaultyProxy[]
let store: MemcacheStore
let said: string[]
/** The keys of the first server, and those of the second. */
let keysOf: [string[], string[]]

beforeAll(async () => {
  servers = [await startMemcached(), await startMemcached()]
})

afterAll(() => Promise.all(servers.map((server) => server.kill())))

beforeEach(async () => {
  for (const server of servers) await server.reset()
  networks = await Promise.all(servers.map(({ port }) => FaultyProxy.start(port)))
  said = []
  const events = {
    onLost: (_error: unknown, server: string) => said.push(`lost: ${nameOf(server)}`),
    onRegained: (_awayMs: number, server: string) => said.push(`regained: ${nameOf(server)}`),
  }
  const ports = networks.map(({ port }) => port)
  store = (await startStore(ports, { events })).store
  await Promise.all(KEYS.map((key) => store.add(key, ONE)))
  const isFirsts = await Promise.all(
    KEYS.map(async (key) => (await servers[0]?.command(`get ${key}`))?.includes('one')),
  )
  keysOf = [KEYS.filter((_, i) => isFirsts[i]), KEYS.filter((_, i) => !isFirsts[i])]
})

afterEach(() => Promise.all(networks.map((network) => network.close())))

function nameOf(server: string): string {
  return server === `127.0.0.1:${networks[0]?.port}` ? 'first' : 'second'
}

test('one of two servers that is dead takes its own keys down, and no others; nothing flaps', async () => {
  const { cache } = startProcess(new TestSource(), store)
  const outcomes = async (keys: string[]) =>
    new Set((await Promise.all(keys.map((each) => cache.read(each)))).map(({ outcome }) => outcome))
  // On a busy machine a read gives up on storing what it has loaded; the next one stores it.
  await until('all are cached', async () => [...(await outcomes(KEYS))].join() === 'hit')
  const [key = ''] = keysOf[1]
  const token = (await store.gets(key))?.token as Token

  await networks[0]?.setFault({ kind: 'reset' })
  await until('its loss is said', () => said.length > 0)
  for (let turn = 0; turn < 50; turn++) {
    expect(await outcomes(keysOf[0])).toEqual(new Set(['bypass']))
    expect(await outcomes(keysOf[1])).toEqual(new Set(['hit']))
  }
  expect(said).toEqual(['lost: first'])
  stored(await store.cas(key, ONE, token)) // which is as good as before

  await networks[0]?.heal()
  await until('it is back', () => said.length > 1)
  expect(said).toEqual(['lost: first', 'regained: first'])
  cache.close()
})

test('a counter lives on one of them, and ends with it alone', async () => {
  const counters = KEYS.map((key) => ({ key: `counter-${key}`, initial: 1, ttlSeconds: 60 }))
  await networks[1]?.setFault({ kind: 'refuse' })
  const counts = await Promise.allSettled(counters.map((counter) => store.increment(counter)))
  const statuses = new Set(counts.map(({ status }) => status))
  expect(statuses).toEqual(new Set(['fulfilled', 'rejected']))
})

test('a key lives where memjs itself looks for it, so that a release can change the library', () => {
  expect(keysOf).toEqual([0, 1].map((server) => KEYS.filter((key) => javaHash(key) % 2 === server)))
  for (const keys of keysOf) expect(keys.length).toBeGreaterThan(0)
})

/** As memjs 1.3.2 spreads keys. */
function javaHash(key: string): number {
  let hash = 0
  for (const character of key) hash = (31 * hash + character.charCodeAt(0)) | 0
  return Math.abs(hash)
}

test('a key of 250 bytes is stored as it is, in any script', async () => {
  for (const key of ['x'.repeat(250), 'ü'.repeat(125), '😀']) {
    await store.add(key, ONE)
    const answers = await Promise.all(servers.map((server) => server.command(`get ${key}`)))
    expect(answers.join()).toContain('one')
  }
})

test('keys that memcache can’t take are keys of their own too', async () => {
  const long = 'x'.repeat(251)
  const hashOfLong = `sha256:${createHash('sha256').update(long, 'utf16le').digest('base64url')}`
  const keys = [
    '',
    long,
    `${long}x`,
    'ü'.repeat(126),
    'two words',
    'two\nlines',
    'x\ud800',
    'x\ud801',
    hashOfLong,
  ]
  for (const key of keys) expect(await store.add(key, Buffer.from(key, 'utf16le'))).toBeDefined()
  for (const key of keys) expect((await store.gets(key))?.bytes).toEqual(Buffer.from(key, 'utf16le'))
  expect(said).toEqual([])
})

test.each(['x'.repeat(151), 'two words'])('the prefix %j is an error', (keyPrefix) => {
  const options = { servers: [{ host: '127.0.0.1', port: 1 }], ttlSeconds: 500, keyPrefix }
  expect(() => new MemcacheStore(options)).toThrow(RangeError)
})

test('a store without a server is an error', () => {
  expect(() => new MemcacheStore({ servers: [], ttlSeconds: 500 })).toThrow(RangeError)
})

// Memcache takes more than 30 days as a date in 1970, so nothing would ever be found.
test.each([Number.NaN, -1, 0, 0.5, 1.5, 2_592_001, Number.POSITIVE_INFINITY])(
  'a time to live of %d seconds is an error',
  (ttlSeconds) => {
    expect(() => new MemcacheStore({ servers: [{ host: '127.0.0.1', port: 1 }], ttlSeconds })).toThrow(
      RangeError,
    )
  },
)

test('an entry may live for 30 days', async () => {
  const { store: patient } = await startStore([servers[0]?.port ?? 0], { ttlSeconds: 2_592_000 })
  const token = (await patient.add('patient', ONE)) ?? {}
  expect(await patient.touch('patient', token)).toBe(true)
  expect((await patient.gets('patient'))?.bytes).toEqual(ONE)
})
