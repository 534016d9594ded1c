import { connect, Socket } from 'node:net'
import { jest } from '@jest/globals'
import { CacheUnavailable, MemcacheStore } from '../../src/cache/index.js'
import type { Fault } from '../support/FaultyProxy.js'
import { freePort } from '../support/freePort.js'
import { Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { runs } from '../support/sample.js'
import { startTcpServer } from '../support/tcpServer.js'
import { memcached, network } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'
import { KEY, startProcess, TestSource } from './processes.js'
import { OPCODE } from './scriptedMemcache.js'

const ONE = Buffer.from('one')
const TWO = Buffer.from('two')
const NEVER_READ = {} // a token that no store gave
/** For tests in which much is too late, and nothing needs to be in time at once. */
const SHORT = { deadlineMs: 50 }

function works(store: MemcacheStore): Promise<boolean> {
  return store.gets(KEY).then(
    () => true,
    () => false,
  )
}

test('sends small requests at once: TCP_NODELAY is set', async () => {
  const setNoDelay = jest.spyOn(Socket.prototype, 'setNoDelay')
  await startStore([memcached.port])
  const ports = setNoDelay.mock.contexts.map((socket) => (socket as Socket).remotePort)
  expect(ports).toEqual([memcached.port])
  expect(setNoDelay).toHaveBeenCalledWith(true)
  setNoDelay.mockRestore()
})

const FAULTS: [string, Fault][] = [
  ['the connection is refused', { kind: 'refuse' }],
  ['the connection is reset', { kind: 'reset' }],
  ['requests are swallowed', { kind: 'swallow' }],
  ['the connection is cut in the middle of a response', { kind: 'cutAfter', responseBytes: 10 }],
  ['a response stops in the middle', { kind: 'stallAfter', responseBytes: 30 }],
  ['answers come too late', { kind: 'delay', responseMs: 2_000 }],
]

test.each(FAULTS)('gives up if %s, and works again by itself', async (_what, fault) => {
  const { store, said } = await startStore([network.port])
  await store.add(KEY, ONE)
  await network.setFault(fault)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.add(KEY, TWO)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.cas(KEY, TWO, NEVER_READ)).rejects.toBeInstanceOf(CacheUnavailable)
  await expect(store.delete(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await network.heal()
  await until('the store works again', () => works(store))
  expect((await store.gets(KEY))?.bytes).toEqual(ONE)
  expect(said).toEqual([expect.stringMatching(/^lost: /), 'regained'])
})

test('waits 50 ms for an answer if it is not told otherwise', async () => {
  let reason: unknown
  const store = new MemcacheStore({
    servers: [{ host: '127.0.0.1', port: network.port }],
    ttlSeconds: 500,
    events: { onLost: (error) => (reason = error), onRegained: () => {} },
  })
  await store.ready
  await network.setFault({ kind: 'hold' })
  await until('an answer is too late', async () => !(await works(store)))
  expect(reason).toEqual(new CacheUnavailable('no answer within 50 ms'))
  store.close()
})

test('connects even if nobody waits for that', async () => {
  const store = new MemcacheStore({ servers: [{ host: '127.0.0.1', port: memcached.port }], ttlSeconds: 500 })
  await until('the store works', () => works(store))
  store.close()
})

test('starts while memcache is away, and finds it by itself later', async () => {
  const late = new Memcached(await freePort(), {})
  const { store, said } = await startStore([late.port])
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await late.start()
  await until('the store works', () => works(store))
  expect(said).toEqual([expect.stringContaining('ECONNREFUSED'), 'regained'])
  await late.kill()
})

test('does not wait for a server that closes the connection without an answer', async () => {
  const closing = await startTcpServer((socket) => socket.resume().end())
  const { said } = await startStore([closing])
  expect(said).toEqual(['lost: memcache closed the connection'])
})

test('reports its loss once and its return once, even if many calls fail at the same time', async () => {
  const { store, said } = await startStore([network.port])
  await network.setFault({ kind: 'cutAfter', responseBytes: 10 })
  const calls = await Promise.all(Array.from({ length: 50 }, () => works(store)))
  expect(calls).not.toContain(true)
  await network.heal()
  await until('the store works again', () => works(store))
  expect(said).toEqual([expect.stringMatching(/^lost: /), 'regained'])
})

test('while it is down a call fails without a connection and without waiting', async () => {
  const { store } = await startStore([network.port])
  await network.setFault({ kind: 'swallow' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await until('the probe is under way', () => network.connectionsMade > 1)
  const before = network.connectionsMade

  const nextTurn = new Promise((resolve) => setImmediate(resolve, 'still waiting'))
  const calls = Array.from({ length: 1000 }, () => works(store))
  expect(await Promise.race([Promise.all(calls).then((all) => all.includes(true)), nextTurn])).toBe(false)

  await until('the next probe is under way', () => network.connectionsMade > before)
  expect(network.connectionsMade).toBeLessThan(100)
})

test('is not used while its answers come too late, although it can be connected to', async () => {
  const { store, said } = await startStore([network.port], SHORT)
  await network.setFault({ kind: 'delay', responseMs: 600 }) // a probe has a second to connect
  const before = network.connectionsMade
  await until('it was probed three times', async () => {
    expect(await works(store)).toBe(false)
    return network.connectionsMade >= before + 3
  })
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
})

test('a connection that ends while nobody asks is replaced before anybody needs it', async () => {
  const { said } = await startStore([network.port])
  await memcached.kill()
  await until('the loss is said', () => said.length > 0)
  await memcached.start()
  await until('the return is said', () => said.length > 1)
  expect(said).toEqual(['lost: memcache closed the connection', 'regained'])
  await until('one connection is left', () => network.connections === 1)
})

test('takes no token from before a reconnect: a restarted server may have counted up to it again', async () => {
  const { store, said } = await startStore([network.port])
  await store.add('another-key', ONE) // takes the number that the next one will have after the restart
  const token = (await store.add(KEY, ONE)) ?? NEVER_READ
  await memcached.kill()
  await until('the loss is said', () => said.length > 0)
  await memcached.start()
  await until('the store works again', () => works(store))
  await store.add('another-key', ONE)
  await store.add(KEY, TWO)
  expect(await store.cas(KEY, ONE, token)).toBe('conflict')
  expect((await store.gets(KEY))?.bytes).toEqual(TWO)
})

const FAILURES: Fault[] = [
  { kind: 'cutAfter', responseBytes: 10 },
  { kind: 'reset' },
  { kind: 'stallAfter', responseBytes: 10 },
]

test('leaves nothing open after failures of every kind and probes that failed', async () => {
  const { store } = await startStore([network.port], SHORT)
  const fail = async (fault: Fault) => {
    await network.setFault(fault)
    expect(await works(store)).toBe(false)
    await network.heal()
    await until('it works again', () => works(store))
  }
  await fail({ kind: 'reset' })
  const { curr_connections: connections = 0 } = await memcached.stats()
  const resources = openResources()

  for (let i = 0; i < runs(35); i++) for (const fault of FAILURES) await fail(fault)
  await network.setFault({ kind: 'cutAfter', responseBytes: 0 })
  expect(await works(store)).toBe(false)
  const before = network.connectionsMade
  await until('three probes have failed', () => network.connectionsMade >= before + 3)
  await network.heal()
  await until('it works again', () => works(store))

  await until('one connection is left', () => network.connections === 1)
  await until('no more is open than before', () => openResources() <= resources)
  await until(
    'the server has no more connections than before',
    async () => ((await memcached.stats()).curr_connections ?? Number.NaN) <= connections,
  )
})

function openResources(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|Timeout)$/.test(name)).length
}

test('a server that does no compare-and-swap is not used: without tokens nothing is safe to store', async () => {
  const careless = await startMemcached({ args: ['-C'] })
  const { store, said } = await startStore([careless.port])
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(said).toEqual(['lost: this memcache server does no compare-and-swap'])
  await careless.kill()
})

test('a server that ends the connection at a touch is not used, and is lost only once', async () => {
  const network = await startTcpServer((client) => {
    const server = connect(memcached.port, '127.0.0.1')
    server.pipe(client)
    server.on('error', () => client.destroy())
    client.on('data', (request: Buffer) =>
      request[1] === OPCODE.touch ? client.destroy() : server.write(request),
    )
    client.on('close', () => server.destroy())
  })
  const { store, said } = await startStore([network])
  const { cache } = startProcess(new TestSource(), store)
  for (let i = 0; i < 20; i++) expect(await cache.read(KEY)).toMatchObject({ outcome: 'bypass' })
  expect(said).toEqual(['lost: memcache closed the connection'])
  cache.close()
})

test('closed, it ends its connection, makes no other, and says nothing', async () => {
  const { store, said } = await startStore([network.port])
  store.close()
  await until('the connection is gone', () => network.connections === 0)
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  expect(network.connectionsMade).toBe(1)
  expect(said).toEqual([])
})

test('closed while a probe is under way, it leaves no connection', async () => {
  const { store, said } = await startStore([network.port])
  await network.setFault({ kind: 'hold' })
  await expect(store.gets(KEY)).rejects.toBeInstanceOf(CacheUnavailable)
  await until('the probe is under way', () => network.connectionsMade > 1)
  const before = network.connectionsMade
  store.close()
  await network.heal()
  await until('no connection is left', () => network.connections === 0)
  expect(network.connectionsMade).toBe(before)
  expect(said).toEqual([expect.stringMatching(/^lost: /)])
})
