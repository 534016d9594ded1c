import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CacheUnavailable } from '../../src/cache/CacheStore.js'
import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { type StartedStore, startStore } from './memcacheStore.js'
import { KEY } from './processes.js'
import { OPCODE, ScriptedMemcache, STATUS } from './ScriptedMemcache.js'

const ONE = Buffer.from('one')

let scripted: ScriptedMemcache

beforeEach(async () => {
  scripted = await ScriptedMemcache.start()
})

afterEach(() => scripted.close())

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
  store.close()
})

test.each([0x03, 0x82, 0x85, 0x86])(
  'treats status 0x%x as "not now", which is no failure',
  async (status) => {
    const { store, said, token } = await startWithToken()
    scripted.statuses.set(OPCODE.add, status).set(OPCODE.set, status)
    expect(await store.add(KEY, ONE)).toBeUndefined()
    expect(await store.cas(KEY, ONE, token)).toBe('refused')
    expect(said).toEqual([])
    store.close()
  },
)

test('never takes a token of zero, which would mean "whatever is there"', async () => {
  const { store, said, token } = await startWithToken()
  scripted.statuses.set(OPCODE.set, STATUS.ok)
  scripted.token = 0
  await expect(store.cas(KEY, ONE, token)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: this memcache server does no compare-and-swap'])
  store.close()
})

test('names a wrong password, keeps trying, and works once it is right', async () => {
  scripted.statuses.set(OPCODE.listMechanisms, STATUS.ok).set(OPCODE.signIn, STATUS.signInFailed)
  const { store, said } = await startStore([scripted.port], { username: 'app', password: 'wrong' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: Memcached server authentication failed!'])
  scripted.statuses.set(OPCODE.signIn, STATUS.ok)
  await until('it is let in', () => said.includes('regained'))
  expect(await store.gets(KEY)).toBeUndefined()
  store.close()
})

test('does without a server that speaks another protocol', async () => {
  const http = createServer((_req, res) => res.end('hello'))
  await once(http.listen(0, '127.0.0.1'), 'listening')
  const { store, said } = await startStore([(http.address() as AddressInfo).port])
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
  store.close()
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
  store.close()
  await small.kill()
})
