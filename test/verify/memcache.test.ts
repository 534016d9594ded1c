import { connect } from 'node:net'
import { verifyMemcache } from '../../src/verify/memcache.js'
import { OPCODE, startScriptedMemcache } from '../cache/scriptedMemcache.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { freePort } from '../support/freePort.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { startTcpServer } from '../support/tcpServer.js'
import { checkResult, checkResults } from './checkResults.js'

const OUT_OF_MEMORY = 0x82

let memcached: Memcached

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

function verify(environment: Record<string, string>) {
  return checkResults((config, report) => verifyMemcache(config, report, 0), environment)
}

test('checks everything that the cache needs on a server, and leaves nothing behind', async () => {
  const found = await verify({ MEMCACHIER_SERVERS: memcached.address })
  expect(found.slice(0, -1)).toEqual([
    checkResult('ok', memcached.address, 'binary protocol'),
    checkResult('ok', 'set and get'),
    checkResult('ok', 'compare-and-swap'),
    checkResult('ok', 'TTL'),
    checkResult('ok', '900 kB', 'stored'),
    checkResult('ok', 'one cache'),
  ])
  expect(found.at(-1)).toMatchObject({
    name: expect.stringContaining('round trip'),
    detail: expect.stringMatching(/p50 \d+\.\d\d ms, p99 \d+\.\d\d ms/),
  })
  expect((await memcached.stats()).curr_items).toBe(0)
})

test('recognises a name behind which there are several servers', async () => {
  const other = await startMemcached()
  let connections = 0
  const balancer = await startTcpServer((client) => {
    const server = connect(connections++ % 2 === 0 ? memcached.port : other.port, '127.0.0.1')
    client.pipe(server).pipe(client)
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
  })
  const found = await verify({ MEMCACHIER_SERVERS: `127.0.0.1:${balancer}` })
  expect(found.filter(({ status }) => status === 'failed')).toEqual([
    checkResult('failed', 'one cache', 'another connection leads to another cache'),
  ])
  await other.kill()
})

test('checks each of several servers', async () => {
  const port = await freePort()
  const found = await verify({ MEMCACHIER_SERVERS: `127.0.0.1:${port},${memcached.address}` })
  expect(found[0]).toEqual(checkResult('failed', `127.0.0.1:${port}`, 'nothing listens there'))
  expect(found[1]).toEqual(checkResult('ok', memcached.address))
})

test('says of a closed port on localhost that this is the machine itself', async () => {
  const found = await verify({ MEMCACHIER_SERVERS: `localhost:${await freePort()}` })
  expect(found).toEqual([checkResult('failed', 'localhost', 'localhost is this machine')])
})

test('recognises a server that never answers', async () => {
  const proxy = await FaultyProxy.start(memcached.port)
  await proxy.setFault({ kind: 'swallow' })
  expect(await verify({ MEMCACHIER_SERVERS: proxy.address })).toEqual([
    checkResult('failed', proxy.address, 'it accepts connections, but does not answer'),
  ])
  await proxy.close()
})

test('gives up a server that sends one byte after the other, and never a whole answer', async () => {
  const port = await startTcpServer((socket) => {
    const drip = setInterval(() => socket.write('\x81'), 100) // how an answer begins
    socket.on('close', () => clearInterval(drip))
  })
  const address = `127.0.0.1:${port}`
  expect(await verify({ MEMCACHIER_SERVERS: address })).toEqual([
    checkResult('failed', address, 'it answers, but too slowly'),
  ])
})

/** The length of the keys that it uses, and where an `add` has its value. */
const KEY_BYTES = 'verify-'.length + 32
const VALUE_AT = 24 + 8 + KEY_BYTES

/** Starts a server that does with each request what memcached does with a changed one. @returns its address */
async function startChanging(opcode: number, change: (request: Buffer) => void): Promise<string> {
  const port = await startTcpServer((client) => {
    const server = connect(memcached.port, '127.0.0.1')
    let received = Buffer.alloc(0)
    client.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 24 && received.length >= 24 + received.readUInt32BE(8)) {
        const request = received.subarray(0, 24 + received.readUInt32BE(8))
        received = received.subarray(request.length)
        if (request[1] === opcode) change(request)
        server.write(request)
      }
    })
    server.pipe(client)
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
  })
  return `127.0.0.1:${port}`
}

test.each<[string, number, (request: Buffer) => void, string, string]>([
  [
    'keeps something else than it was given',
    OPCODE.add,
    (add) => add.fill('x', VALUE_AT),
    'set and get',
    'does not return what was stored',
  ],
  ['ignores the token', OPCODE.set, (set) => set.fill(0, 16, 24), 'compare-and-swap', 'does not work'],
  ['takes no token', OPCODE.set, (set) => set.fill(255, 16, 24), 'compare-and-swap', 'does not work'],
  ['expires nothing', OPCODE.add, (add) => add.fill(0, 28, 32), 'TTL', 'an entry did not expire'],
])('recognises a server that %s', async (_fault, opcode, change, check, words) => {
  const found = await verify({ MEMCACHIER_SERVERS: await startChanging(opcode, change) })
  expect(found.filter(({ status }) => status === 'failed')).toEqual([checkResult('failed', check, words)])
})

test('recognises a server that refuses to store, and says nothing of what it could not check', async () => {
  const scripted = await startScriptedMemcache()
  scripted.statuses.set(OPCODE.add, OUT_OF_MEMORY)
  const address = `127.0.0.1:${scripted.port}`
  expect(await verify({ MEMCACHIER_SERVERS: address })).toEqual([
    checkResult('ok', address),
    checkResult('failed', address, 'it stores nothing: is its memory full?'),
  ])
})

test('recognises a server that has a value for every key', async () => {
  const key = 'x'.repeat(KEY_BYTES)
  await memcached.command(`set ${key} 0 0 1\r\n1`)
  const address = await startChanging(OPCODE.get, (get) => get.write(key, 24))
  const found = await verify({ MEMCACHIER_SERVERS: address })
  await memcached.command(`delete ${key}`)
  expect(found).toEqual([checkResult('failed', address, 'a value for a key that was never stored')])
})

test('measures a slow server only for a while', async () => {
  const proxy = await FaultyProxy.start(memcached.port)
  await proxy.setFault({ kind: 'delay', responseMs: 500 })
  const found = await verify({ MEMCACHIER_SERVERS: proxy.address })
  expect(found.at(-1)).toEqual(checkResult('failed', 'round trip', 'p50 '))
  await proxy.close()
})

test('recognises a server that takes only small values, or speaks only text', async () => {
  const small = await startMemcached({ args: ['-I', '512k'] })
  const text = await startMemcached({ args: ['-B', 'ascii'] })
  const found = await verify({ MEMCACHIER_SERVERS: `${small.address},${text.address}` })
  expect(found.filter(({ status }) => status === 'failed')).toEqual([
    checkResult('failed', '900 kB', 'refused'),
    checkResult('failed', text.address, 'binary protocol'),
  ])
  await Promise.all([small.kill(), text.kill()])
})

test('says what it means to have no servers', async () => {
  const unset = 'neither MEMCACHIER_SERVERS nor MEMCACHE_SERVERS is set'
  expect(await verify({})).toEqual([checkResult('note', 'memcache', unset)])
  expect(await verify({ DATABASE_URL: 'postgres://localhost/queue' })).toEqual([
    checkResult('note', 'memcache', 'Several processes stay right'),
  ])
  expect(await verify({ MEMCACHE_USERNAME: 'somebody', MEMCACHE_PASSWORD: 'secret' })).toEqual([
    checkResult('failed', 'memcache', 'the app uses no memcache, and does not try localhost'),
  ])
})

test('does not claim SASL of a server that has none', async () => {
  const [first] = await verify({
    MEMCACHIER_SERVERS: memcached.address,
    MEMCACHIER_USERNAME: 'somebody',
    MEMCACHIER_PASSWORD: 'secret',
  })
  expect(first).toEqual(checkResult('ok', memcached.address, 'without a password: it has no SASL'))
})

test('says if only one of user name and password is set', async () => {
  const found = await verify({ MEMCACHIER_SERVERS: memcached.address, MEMCACHIER_USERNAME: 'somebody' })
  expect(found[0]).toEqual(checkResult('failed', 'memcache', 'only one of user name and password is set'))
  expect(found[1]).toEqual(checkResult('ok', memcached.address, 'without a password'))
})
