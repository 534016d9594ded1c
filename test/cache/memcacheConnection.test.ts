import { once } from 'node:events'
import { createServer, Socket } from 'node:net'
import { jest } from '@jest/globals'
import { CacheUnavailable } from '../../src/cache/CacheStore.js'
import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { type Fault, FaultyProxy } from '../support/FaultyProxy.js'
import { freePort } from '../support/freePort.js'
import { Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { runs } from '../support/sample.js'
import { type StartedStore, startStore } from './memcacheStore.js'
import { KEY } from './processes.js'

const ONE = Buffer.from('one')
const ANY_TOKEN = {}

let memcached: Memcached
let proxy: FaultyProxy
let stores: MemcacheStore[]

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

beforeEach(async () => {
  stores = []
  await memcached.reset()
  proxy = await FaultyProxy.start(memcached.port)
})

afterEach(async () => {
  for (const store of stores) store.close()
  await proxy.close()
})

async function start(...ports: number[]): Promise<StartedStore> {
  const started = await startStore(ports)
  stores.push(started.store)
  return started
}

function works(store: MemcacheStore): Promise<boolean> {
  return store.gets(KEY).then(
    () => true,
    () => false,
  )
}

test('sends small requests at once: TCP_NODELAY is set', async () => {
  const setNoDelay = jest.spyOn(Socket.prototype, 'setNoDelay')
  await start(memcached.port)
  const ports = setNoDelay.mock.contexts.map((socket) => (socket as Socket).remotePort)
  expect(ports).toEqual([memcached.port])
  expect(setNoDelay).toHaveBeenCalledWith(true)
  setNoDelay.mockRestore()
})

const OPERATIONS: [string, (store: MemcacheStore) => Promise<unknown>][] = [
  ['gets', (store) => store.gets(KEY)],
  ['add', (store) => store.add('another-key', ONE)],
  ['cas', async (store) => store.cas(KEY, ONE, await tokenOf(store))],
  ['delete', (store) => store.delete(KEY)],
  ['increment', (store) => store.increment({ key: 'a-counter', initial: 1, ttlSeconds: 60 })],
]

async function tokenOf(store: MemcacheStore): Promise<object> {
  const token = (await store.gets(KEY))?.token
  await proxy.setFault({ kind: 'stallAfter', responseBytes: 10 })
  return token ?? ANY_TOKEN
}

test.each(OPERATIONS)('gives up an answer to %s that never comes', async (name, operation) => {
  const { store, said } = await start(proxy.port)
  await store.add(KEY, ONE)
  if (name !== 'cas') await proxy.setFault({ kind: 'stallAfter', responseBytes: 10 })
  await expect(operation(store)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: no answer within 50 ms'])
})

test('starts while memcache is away, and finds it by itself later', async () => {
  const late = new Memcached(await freePort(), {})
  const { store, said } = await start(late.port)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await late.start()
  await until('the store works', () => works(store))
  expect(said).toEqual([expect.stringContaining('ECONNREFUSED'), 'regained'])
  await late.kill()
})

test('does not wait for a server that closes the connection without an answer', async () => {
  const port = await freePort()
  const closing = createServer((socket) => socket.resume().end()).listen(port, '127.0.0.1')
  await once(closing, 'listening')
  const { said } = await start(port)
  expect(said).toEqual(['lost: memcache closed the connection'])
  closing.close()
})

test('reports its loss once and its return once, even if many calls fail at the same time', async () => {
  const { store, said } = await start(proxy.port)
  await proxy.setFault({ kind: 'cutAfter', responseBytes: 10 })
  const calls = await Promise.all(Array.from({ length: 50 }, () => works(store)))
  expect(calls).not.toContain(true)
  await proxy.heal()
  await until('the store works again', () => works(store))
  expect(said).toEqual([expect.stringMatching(/^lost: /), 'regained'])
})

test('while it is down a call fails without a connection and without waiting', async () => {
  const { store } = await start(proxy.port)
  await proxy.setFault({ kind: 'swallow' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await until('the probe is under way', () => proxy.connectionsMade === 2)

  const nextTurn = new Promise((resolve) => setImmediate(resolve, 'still waiting'))
  const calls = Array.from({ length: 1000 }, () => works(store))
  expect(await Promise.race([Promise.all(calls).then((all) => all.includes(true)), nextTurn])).toBe(false)

  await until('the next probe is under way', () => proxy.connectionsMade > 2)
  expect(proxy.connectionsMade).toBe(3)
})

test('is not used while its answers come too late, although it can be connected to', async () => {
  const { store, said } = await start(proxy.port)
  await proxy.setFault({ kind: 'delay', responseMs: 100 })
  const before = proxy.connectionsMade
  await until('it was probed three times', async () => {
    expect(await works(store)).toBe(false)
    return proxy.connectionsMade >= before + 3
  })
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
})

test('an unused connection that ends is replaced before anybody needs it', async () => {
  const { said } = await start(proxy.port)
  await proxy.setFault({ kind: 'reset' })
  await proxy.heal()
  await until('it has said so', () => said.length === 2)
  expect(proxy.connections).toBe(1)
})

const FAILURES: Fault[] = [
  { kind: 'cutAfter', responseBytes: 10 },
  { kind: 'reset' },
  { kind: 'stallAfter', responseBytes: 10 },
]

test('leaves nothing open after failures of every kind and probes that failed', async () => {
  const { store } = await start(proxy.port)
  const fail = async (fault: Fault) => {
    await proxy.setFault(fault)
    expect(await works(store)).toBe(false)
    await proxy.heal()
    await until('it works again', () => works(store))
  }
  await fail({ kind: 'reset' })
  const { curr_connections: connections } = await memcached.stats()
  const resources = openResources()

  for (let i = 0; i < runs(35); i++) for (const fault of FAILURES) await fail(fault)
  await proxy.setFault({ kind: 'cutAfter', responseBytes: 0 })
  expect(await works(store)).toBe(false)
  const before = proxy.connectionsMade
  await until('three probes have failed', () => proxy.connectionsMade >= before + 3)
  await proxy.heal()
  await until('it works again', () => works(store))

  await until('one connection is left', () => proxy.connections === 1)
  await until('no more is open than before', () => openResources() <= resources)
  await until(
    'the server has no more connections than before',
    async () => ((await memcached.stats()).curr_connections ?? 0) <= (connections ?? 0),
  )
}, 60_000)

function openResources(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|Timeout)$/.test(name)).length
}

test('a server that does no compare-and-swap is not used: without tokens nothing is safe to store', async () => {
  const careless = await startMemcached({ args: ['-C'] })
  const { store, said } = await start(careless.port)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: this memcache server does no compare-and-swap'])
  await careless.kill()
})

test('closed, it ends its connection, makes no other, and says nothing', async () => {
  const { store, said } = await start(proxy.port)
  store.close()
  await until('the connection is gone', () => proxy.connections === 0)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(proxy.connectionsMade).toBe(1)
  expect(said).toEqual([])
})

test('closed while a probe is under way, it leaves no connection', async () => {
  const { store, said } = await start(proxy.port)
  await proxy.setFault({ kind: 'hold' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await until('the probe is under way', () => proxy.connectionsMade === 2)
  store.close()
  await proxy.heal()
  await until('no connection is left', () => proxy.connections === 0)
  expect(proxy.connectionsMade).toBe(2)
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
})
