import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CacheUnavailable, type MemcacheStore } from '../../src/cache/index.js'
import { startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { type StartedStore, startStore } from './memcacheStore.js'
import { KEY } from './processes.js'
import { OPCODE, type ScriptedMemcache, STATUS, startScriptedMemcache } from './scriptedMemcache.js'

// What it makes of the answers of a server. Counters: memcacheCounter.test.ts; touches: touch.test.ts.
const ONE = Buffer.from('one')

let scripted: ScriptedMemcache

beforeEach(async () => {
  scripted = await startScriptedMemcache()
})

/** A store that has a token for its key. */
async function startWithToken(): Promise<StartedStore & { token: object }> {
  const started = await startStore([scripted.port])
  scripted.statuses.set(OPCODE.add, STATUS.ok)
  return { ...started, token: (await started.store.add(KEY, ONE)) ?? {} }
}

test.each([
  ['get', (store: MemcacheStore) => store.gets(KEY)],
  ['touch', (store: MemcacheStore, token: object) => store.touch(KEY, token)],
  ['add', (store: MemcacheStore) => store.add(KEY, ONE)],
  ['set', (store: MemcacheStore, token: object) => store.cas(KEY, ONE, token)],
  ['delete', (store: MemcacheStore) => store.delete(KEY)],
  ['increment', (store: MemcacheStore) => store.increment({ key: KEY, initial: 1, ttlSeconds: 60 })],
] as const)('treats an unknown status in answer to %s as a failure', async (name, operation) => {
  const { store, said, token } = await startWithToken()
  scripted.statuses.set(OPCODE[name], 0x84)
  await expect(operation(store, token)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: memcache answered with status 0x84'])
})

test.each([0x03, 0x82, 0x85, 0x86])(
  'treats status 0x%x as "not now", which is no failure',
  async (status) => {
    const { store, said, token } = await startWithToken()
    scripted.statuses.set(OPCODE.add, status).set(OPCODE.set, status)
    expect(await store.add(KEY, ONE)).toBeUndefined()
    expect(await store.cas(KEY, ONE, token)).toBe('refused')
    expect(said).toEqual([])
  },
)

test('never uses a token of zero, which would mean "store in any case"', async () => {
  const { store, said, token } = await startWithToken()
  scripted.statuses.set(OPCODE.set, STATUS.ok)
  scripted.token = 0
  await expect(store.cas(KEY, ONE, token)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: this memcache server does no compare-and-swap'])
})

test('names a wrong password, keeps trying, and works once it is right', async () => {
  scripted.statuses.set(OPCODE.listMechanisms, STATUS.ok).set(OPCODE.signIn, STATUS.signInFailed)
  const credentials = { username: 'app', password: 'wrong' }
  const { store, said } = await startStore([scripted.port], { credentials })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: Memcached server authentication failed!'])
  scripted.statuses.set(OPCODE.signIn, STATUS.ok)
  await until('it is let in', () => said.includes('regained'))
  expect(await store.gets(KEY)).toBeUndefined()
})

test('a token that came over another connection is broken, and the server is not even asked', async () => {
  const { token } = await startWithToken()
  const { store: other } = await startStore([scripted.port])
  scripted.statuses.set(OPCODE.set, STATUS.ok)
  scripted.requests.length = 0
  expect(await other.cas(KEY, ONE, token)).toBe('conflict')
  expect(await other.touch(KEY, token)).toBe(false)
  expect(scripted.requests).toEqual([])
})

test('does not use a server that speaks another protocol', async () => {
  const http = createServer((_req, res) => res.end('hello'))
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const { store, said } = await startStore([(http.address() as AddressInfo).port])
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
  http.closeAllConnections()
  http.close()
})

test('a token is broken by an eviction', async () => {
  const small = await startMemcached({ args: ['-m', '2'] })
  const { store } = await startStore([small.port])
  const big = 'x'.repeat(100_000)
  const token = (await store.add(KEY, Buffer.from(big))) ?? {}
  for (let i = 0; i < 60; i++) await small.command(`set filler-${i} 0 0 ${big.length}\r\n${big}`)
  expect(await small.command(`me ${KEY}`)).toContain('EN') // it has gone
  expect(await store.cas(KEY, ONE, token)).toBe('conflict')
  expect(await store.gets(KEY)).toBeUndefined()
  await small.kill()
})

test('says that a full server refuses, and one for which the value is too large, which is no failure', async () => {
  const full = await startMemcached({ args: ['-M', '-m', '2', '-I', '1m'] })
  const { store, said } = await startStore([full.port])
  const token = (await store.add(KEY, ONE)) ?? {}
  const big = Buffer.alloc(400_000, 'x')
  let fillers = 0
  await until('it is full', async () => (await store.add(`filler-${++fillers}`, big)) === undefined)
  expect(await store.cas(KEY, Buffer.alloc(900_000), token)).toBe('refused')
  const overOneMegabyte = Buffer.alloc(1_050_000)
  expect(await store.cas(KEY, overOneMegabyte, token)).toBe('refused')
  expect(await store.add('other', overOneMegabyte)).toBeUndefined()
  expect(said).toEqual([])
  await full.kill()
})
