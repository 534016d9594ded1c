import { once } from 'node:events'
import type { Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { jest } from '@jest/globals'
import { until } from '../support/poll.js'
import { echoBodyLength, GET, KEPT, send, server, start } from './rawServer.js'

const TIMERS_BUT_THE_SWEEP = [
  ...(['Date', 'hrtime', 'nextTick', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
]
const BEHIND_A_PROXY = { trustProxyHops: 1 }
const holders: Socket[] = []

afterEach(() => {
  for (const socket of holders.splice(0)) socket.destroy()
})

async function hold(start: string, from = '127.0.0.1'): Promise<Socket> {
  const socket = await send(start, from)
  holders.push(socket.resume())
  return socket
}

test('at the limit, the connection that has been idle longest is closed, and the newcomer is served', async () => {
  await echoBodyLength(BEHIND_A_PROXY)
  expect(server.maxConnections).toBeLessThanOrEqual(5000)
  server.maxConnections = 4
  const [silent, first, second] = [await hold(''), await hold(KEPT), await hold(KEPT)]
  await Promise.all([once(first, 'data'), once(second, 'data')])
  first.write(KEPT) // so that it has been idle for less long than the second
  await once(first, 'data')
  for (const gone of [silent, second]) {
    const closed = once(gone, 'close')
    const newcomer = await hold(KEPT)
    expect(String(await once(newcomer, 'data'))).toMatch(/^HTTP\/1.1 200 /)
    await closed
  }
  expect(first.closed).toBe(false)
})

test('a connection that waits for its answer is not idle: if all wait, the newcomer is refused', async () => {
  let asked = 0
  await start(() => asked++, BEHIND_A_PROXY)
  server.maxConnections = 2
  const waiting = [await hold(KEPT)]
  await until('the first waits', () => asked === 1)
  waiting.push(await hold(KEPT))
  await until('both wait', () => asked === 2)
  expect(await readText(await send(GET))).toBe('')
  expect(waiting.map(({ closed }) => closed)).toEqual([false, false])
})

test('an address has a share: beyond it its own idle connections are closed, and no others', async () => {
  await echoBodyLength()
  server.maxConnections = 12 // a quarter of which is three
  const other = await hold(KEPT, '127.0.0.2')
  const held = [await hold(''), await hold(''), await hold('')]
  const [longest] = held
  const closed = once(longest as Socket, 'close')
  expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
  await closed
  expect(held.filter((socket) => socket.closed)).toEqual([longest])
  expect(other.closed).toBe(false)
})

test('an address whose share all waits for answers gets no other connection, but other addresses do', async () => {
  let asked = 0
  await start((_request, response) => {
    if (++asked > 3) response.end()
  })
  server.maxConnections = 12
  const waiting = []
  for (let i = 1; i <= 3; i++) {
    waiting.push(await hold(KEPT))
    await until('it waits', () => asked === i)
  }
  expect(await readText(await send(GET))).toBe('')
  expect(await readText(await send(GET, '127.0.0.2'))).toMatch(/^HTTP\/1.1 200 /)
  expect(waiting.map(({ closed }) => closed)).toEqual([false, false, false])
})

test('connections that have ended take no place from those that are open', async () => {
  await echoBodyLength()
  server.maxConnections = 12
  const idle = await hold('')
  for (let i = 0; i < 15; i++) expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
  expect(idle.closed).toBe(false)
})

test('behind a proxy, whose address all clients share, an address has no share', async () => {
  await echoBodyLength(BEHIND_A_PROXY)
  server.maxConnections = 12
  const held = []
  for (let i = 0; i < 8; i++) held.push(await hold(''))
  expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
  expect(held.filter((socket) => socket.closed)).toEqual([])
})

test('a client that takes an answer drop by drop is cut off in the end; a stream of events lasts', async () => {
  // What it takes is a minute and a half: the sweep and its clock are faked.
  jest.useFakeTimers({ doNotFake: TIMERS_BUT_THE_SWEEP })
  const open = new Set<string | undefined>()
  await start((request, response) => {
    open.add(request.url)
    response.once('close', () => open.delete(request.url))
    response.setHeader('Content-Type', request.url === '/events' ? 'text/event-stream' : 'text/html')
    response.write('a drop')
  })
  const sockets = [await send(GET), await send(GET.replace('/', '/events'))]
  await until('both are answered', () => open.size === 2)
  jest.advanceTimersByTime(89_000)
  expect([...open].toSorted()).toEqual(['/', '/events'])
  jest.advanceTimersByTime(2_000)
  await until('one is cut', () => !open.has('/'))
  expect([...open]).toEqual(['/events'])
  for (const socket of sockets) socket.destroy()
})

test('a client that leaves a whole answer unread is cut off after 20 s; if it reads on, its connection has the full time again', async () => {
  jest.useFakeTimers({ doNotFake: TIMERS_BUT_THE_SWEEP })
  let served: Socket | undefined
  await start(({ socket }, response) => {
    served = socket
    response.end(Buffer.alloc(50_000_000))
  })
  const client = await send(GET.replace('close', 'keep-alive'))
  client.pause()
  await until('it is answered', () => served !== undefined)
  jest.advanceTimersByTime(1_000)
  expect(served?.timeout).toBe(20_000)
  client.resume()
  await until('the connection has the full time', () => served?.timeout === server.timeout)
  client.destroy()
})

test('if all together leave more than 64 MiB unread, the one that leaves most is cut off, and no other', async () => {
  jest.useFakeTimers({ doNotFake: TIMERS_BUT_THE_SWEEP })
  const closed: (string | undefined)[] = []
  let asked = 0
  await start(({ url, socket }, response) => {
    asked++
    socket.once('close', () => closed.push(url))
    response.end(Buffer.alloc(Number(url?.slice(1)) * 1_000_000))
  })
  const ask = async (megabytes: number) => (await send(GET.replace('/', `/${megabytes}`))).pause()
  const sockets = [await ask(25), await ask(40)]
  await until('both are answered', () => asked === 2)
  jest.advanceTimersByTime(1_000)
  expect(closed).toEqual([])
  sockets.push(await ask(26))
  await until('the third is answered', () => asked === 3)
  jest.advanceTimersByTime(1_000)
  await until('one is cut off', () => closed.length > 0)
  expect(closed).toEqual(['/40'])
  for (const socket of sockets) socket.destroy()
})
