import { askMemcacheServers } from '../../src/metrics/memcacheStats.js'
import { STATUS, startScriptedMemcache } from '../cache/scriptedMemcache.js'
import { freePort } from '../support/freePort.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { startTcpServer } from '../support/tcpServer.js'

const HOST = '127.0.0.1'
const STAT = 0x10

let memcached: Memcached

beforeAll(async () => {
  memcached = await startMemcached({ args: ['-m', '32'] })
})

afterAll(async () => void (await memcached.kill()))

test('a server’s statistics are read by memcache’s own names', async () => {
  await memcached.command('set key 0 0 3\r\none')
  const { bytes } = await memcached.stats()
  const [answer] = await askMemcacheServers([{ host: HOST, port: memcached.port }], {})
  expect(answer).toEqual({
    server: memcached.address,
    stats: {
      version: expect.stringMatching(/^\d+\.\d+/),
      usedBytes: bytes,
      limitBytes: 32 * 1024 * 1024,
      items: 1,
      evictions: 0,
      connections: expect.any(Number),
      uptimeSeconds: expect.any(Number),
    },
  })
})

test('each server has its own statistics, or the reason why there are none', async () => {
  const port = await freePort()
  const answers = await askMemcacheServers(
    [memcached, { port }].map(({ port }) => ({ host: HOST, port })),
    {},
  )
  expect(answers).toEqual([
    { server: memcached.address, stats: expect.anything() },
    { server: `${HOST}:${port}`, problem: expect.stringContaining('ECONNREFUSED') },
  ])
})

test('a server that refuses says with which status', async () => {
  const scripted = await startScriptedMemcache()
  scripted.statuses.set(STAT, 0x84)
  const answers = await askMemcacheServers([{ host: HOST, port: scripted.port }], {})
  expect(answers).toEqual([{ server: `${HOST}:${scripted.port}`, problem: 'status 0x84' }])
})

test('no connection is left behind', async () => {
  // The connection that asks counts too, and those of earlier tests take a moment to go.
  const isAlone = async () => (await memcached.stats()).curr_connections === 1
  await until('nobody else is connected', isAlone)
  await askMemcacheServers([{ host: HOST, port: memcached.port }], {})
  await until('nobody else is left', isAlone)
})

test('a server is named as people write it, an IPv6 address in brackets', async () => {
  const servers = [
    { host: '::1', port: 1 },
    { host: HOST, port: 1 },
  ]
  expect((await askMemcacheServers(servers, {})).map(({ server }) => server)).toEqual([
    '[::1]:1',
    `${HOST}:1`,
  ])
})

test('statistics that a server does not send are unknown', async () => {
  const scripted = await startScriptedMemcache()
  scripted.statuses.set(STAT, STATUS.ok)
  const [answer] = await askMemcacheServers([{ host: HOST, port: scripted.port }], {})
  expect(answer).toEqual({ server: `${HOST}:${scripted.port}`, stats: {} })
})

/** One answer to `stat`; an empty one is the last. */
function figure(name: string, value: string): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt8(0x81)
  header.writeUInt8(STAT, 1)
  header.writeUInt16BE(name.length, 2)
  header.writeUInt32BE(name.length + value.length, 8)
  header.writeUInt32BE(1, 12) // the number of the request
  return Buffer.concat([header, Buffer.from(name + value)])
}

test('statistics that are no whole numbers are unknown', async () => {
  const port = await startTcpServer((socket) =>
    socket.once('data', () => {
      for (const [name, value] of Object.entries({
        bytes: '12 or so',
        uptime: 'about 12',
        curr_items: '7',
        curr_connections: '3',
      })) {
        socket.write(figure(name, value))
      }
      socket.write(figure('', ''))
    }),
  )
  const [answer] = await askMemcacheServers([{ host: HOST, port }], {})
  expect(answer).toEqual({ server: `${HOST}:${port}`, stats: { items: 7, connections: 3 } })
})

test('a server that stays silent is not waited for', async () => {
  const port = await startTcpServer((socket) => socket.resume())
  const [answer] = await askMemcacheServers([{ host: HOST, port }], {})
  expect(answer).toEqual({ server: `${HOST}:${port}`, problem: 'no answer within 500 ms' })
})
