import { CacheUnavailable } from '../../src/cache/CacheStore.js'
import { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { type Fault, FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { stored } from './storeSuite.js'

const KEY = 'queue'
const ONE = Buffer.from('one')
const TWO = Buffer.from('two')
const NEVER_READ = {} // a token that no store gave

let memcached: Memcached
let proxy: FaultyProxy
let store: MemcacheStore
let said: string[]

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

beforeEach(async () => {
  await memcached.reset()
  proxy = await FaultyProxy.start(memcached.port)
  store = await startStore(proxy.port)
})

afterEach(async () => {
  store.close()
  await proxy.close()
})

async function startStore(...ports: number[]): Promise<MemcacheStore> {
  said = []
  const started = new MemcacheStore({
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    ttlSeconds: 500,
    events: {
      onLost: (error) => said.push(`lost: ${(error as Error).message}`),
      onRegained: () => said.push('regained'),
    },
  })
  await started.start()
  return started
}

function worksAgain(): Promise<void> {
  return until('the store works again', () =>
    store.gets(KEY).then(
      () => true,
      () => false,
    ),
  )
}

const FAULTS: [string, Fault][] = [
  ['the connection is refused', { kind: 'refuse' }],
  ['the connection is reset', { kind: 'reset' }],
  ['requests are swallowed', { kind: 'swallow' }],
  ['the connection is cut in the middle of a response', { kind: 'cutAfter', responseBytes: 10 }],
  ['a response stops in the middle', { kind: 'stallAfter', responseBytes: 30 }],
  ['answers come too late', { kind: 'delay', responseMs: 200 }],
]

test.each(FAULTS)('gives up if %s, and works again by itself', async (_what, fault) => {
  await store.add(KEY, ONE)
  await proxy.setFault(fault)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.add(KEY, TWO)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.cas(KEY, TWO, NEVER_READ)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.delete(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await proxy.heal()
  await worksAgain()
  expect((await store.gets(KEY))?.bytes).toEqual(ONE)
  expect(said).toEqual([expect.stringMatching(/^lost: /), 'regained'])
})

test('notices a closed connection without being asked', async () => {
  await memcached.kill()
  await until('the loss is said', () => said.length > 0)
  await memcached.start()
  await worksAgain()
  expect(said).toEqual(['lost: memcache closed the connection', 'regained'])
})

test('gives up on a stopped server, and works again when it goes on', async () => {
  memcached.pause()
  // Its threads may answer a little longer.
  const problem = () => store.gets(KEY).then(String, String)
  await until('it is given up on', async () => (await problem()).includes('no answer within'))
  memcached.resume()
  await worksAgain()
})

test('asks nothing of a server that is known to be down, but for one probe at a time', async () => {
  await proxy.setFault({ kind: 'swallow' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  const before = proxy.connectionsMade
  for (let i = 0; i < 1000; i++) await expect(store.gets(KEY)).rejects.toThrow('memcache is down')
  expect(proxy.connectionsMade - before).toBeLessThan(10)
  expect(proxy.connections).toBeLessThanOrEqual(2) // the one thrown away may still be closing
})

test('takes no token from before a reconnect: a restarted server may have counted up to it again', async () => {
  await store.add('another-key', ONE) // takes the number that the next one will have after the restart
  const token = (await store.add(KEY, ONE)) ?? NEVER_READ
  await memcached.kill()
  await until('the loss is said', () => said.length > 0)
  await memcached.start()
  await worksAgain()
  await store.add('another-key', ONE)
  await store.add(KEY, TWO)
  expect(await store.cas(KEY, ONE, token)).toBe('conflict')
  expect((await store.gets(KEY))?.bytes).toEqual(TWO)
})

test('does no harm with what it gave up on and the network delivers late', async () => {
  const token = (await store.add(KEY, ONE)) ?? NEVER_READ
  await proxy.setFault({ kind: 'hold' })
  const given = store.cas(KEY, Buffer.from('late'), token)
  await expect(given).rejects.toBeInstanceOf(CacheUnavailable)
  const other = await startStore(memcached.port)
  const current = (await other.gets(KEY))?.token ?? NEVER_READ
  stored(await other.cas(KEY, TWO, current))
  proxy.release()
  await proxy.heal()
  await worksAgain()
  expect((await store.gets(KEY))?.bytes).toEqual(TWO)
  other.close()
})

test('says that a full server refuses, which is no failure', async () => {
  const full = await startMemcached({ args: ['-M', '-m', '2', '-I', '1m'] })
  const fullStore = await startStore(full.port)
  const big = Buffer.alloc(400_000, 'x')
  const tokens = []
  for (let i = 0; i < 40; i++) tokens.push(await fullStore.add(`filler-${i}`, big))
  expect(tokens).toContain(undefined)
  expect(await fullStore.cas('filler-0', Buffer.alloc(900_000), tokens[0] ?? NEVER_READ)).toBe('refused')
  expect(said).toEqual([])
  fullStore.close()
  await full.kill()
})

test('says that a value over the server’s limit is refused, which is no failure', async () => {
  const token = (await store.add(KEY, ONE)) ?? NEVER_READ
  const overOneMegabyte = Buffer.alloc(1_050_000)
  expect(await store.cas(KEY, overOneMegabyte, token)).toBe('refused')
  expect(await store.add('other', overOneMegabyte)).toBeUndefined()
  expect(said).toEqual([])
})
