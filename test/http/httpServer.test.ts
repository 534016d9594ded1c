import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { jest } from '@jest/globals'
import express from 'express'
import { createHttpServer } from '../../src/http/httpServer.js'
import { until } from '../support/poll.js'

const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'
const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
/** In place of ten and twenty seconds. */
const HEADERS_DEADLINE_MS = 300
const REQUEST_DEADLINE_MS = 600
const TIMERS_BUT_THE_SWEEP = [
  ...(['Date', 'hrtime', 'nextTick', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
]

let server: Server

afterEach(() => {
  jest.useRealTimers()
  server.close()
  server.closeAllConnections()
})

const BEHIND_A_PROXY = { trustProxyHops: 1 }

async function start(listener: RequestListener, options = {}): Promise<void> {
  server = createHttpServer(
    express().use((request, response) => listener(request, response)),
    options,
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
}

async function send(start: string, localAddress = '127.0.0.1'): Promise<Socket> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {}) // it may be cut while it still sends
  await once(socket, 'connect')
  socket.write(start)
  return socket
}

/** One byte after the other, until the connection is closed. @returns what was answered */
async function drip(start: string, byte: string): Promise<string> {
  const socket = await send(start)
  const dripping = setInterval(() => socket.write(byte), 50)
  socket.once('close', () => clearInterval(dripping))
  return await readText(socket)
}

function echoBodyLength(options = {}): Promise<void> {
  return start((request, response) => {
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    request.on('end', () => response.end(String(length)))
  }, options)
}

/** How a request begins, and what drips from then on. */
const SLOW_REQUESTS: [start: string, byte: string][] = [
  ['GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ', 'a'],
  ['GET /', 'a'],
  [`${POST}\r\n`, 'a'],
  ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'],
  ['', ''],
]

test('a client that drips headers, a request line or a body, or sends nothing, gets a 408, and others are served meanwhile', async () => {
  await echoBodyLength()
  server.headersTimeout = HEADERS_DEADLINE_MS
  server.requestTimeout = REQUEST_DEADLINE_MS
  const answers = SLOW_REQUESTS.map(([start, byte]) => drip(start, byte))
  expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
  expect(await Promise.all(answers)).toEqual(
    SLOW_REQUESTS.map(() => expect.stringMatching(/^HTTP\/1.1 408 /)),
  )
})

test('a client that takes no byte of a long answer is cut off', async () => {
  let isCut = false
  await start((_request, response) => {
    response.once('close', () => {
      isCut = true
    })
    response.write(Buffer.alloc(50_000_000))
  })
  server.timeout = HEADERS_DEADLINE_MS
  const socket = await send(GET)
  socket.pause()
  await until('the connection is cut', () => isCut)
  socket.destroy()
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

test('a client that leaves a whole answer unread is cut off after 20 s; the next answer has the full time again', async () => {
  jest.useFakeTimers({ doNotFake: TIMERS_BUT_THE_SWEEP })
  const served: Socket[] = []
  await start(({ socket }, response) => {
    served.push(socket)
    response.end(Buffer.alloc(50_000_000))
  })
  const client = await send(GET.replace('close', 'keep-alive').repeat(2))
  client.pause()
  await until('the first is answered', () => served.length === 1)
  jest.advanceTimersByTime(1_000)
  expect(served[0]?.timeout).toBe(20_000)
  client.resume()
  await until('the second is answered', () => served.length === 2)
  expect(served[1]?.timeout).toBe(server.timeout)
  client.destroy()
})

test('a stream of events lasts longer than the deadlines for a request and its headers', async () => {
  await start((_request, response) => {
    const events = setInterval(() => response.write(': still here\n\n'), 50)
    response.once('close', () => clearInterval(events))
  })
  server.headersTimeout = HEADERS_DEADLINE_MS
  server.requestTimeout = REQUEST_DEADLINE_MS
  server.timeout = HEADERS_DEADLINE_MS
  const socket = await send(GET)
  let events = 0
  socket.on('data', (chunk) => {
    events += String(chunk).split(': still here').length - 1
  })
  await until('it has lasted for a sweep of the deadlines', () => events > 1.5 * (1000 / 50))
  expect(socket.closed).toBe(false)
})

test.each([
  ['an address', `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`],
  ['many headers', `GET / HTTP/1.1\r\nHost: x\r\n${'X: a\r\n'.repeat(9000)}\r\n`],
])('%s of over 16 KiB is a 431', async (_what, request) => {
  await echoBodyLength()
  expect(await readText(await send(request))).toMatch(/^HTTP\/1.1 431 /)
})

test('no header is dropped silently, no matter how many come before it', async () => {
  await start((request, response) => response.end(String(request.headers['x-forwarded-for'])))
  const request = GET.replace('Host', `${'X: a\r\n'.repeat(4000)}X-Forwarded-For: 203.0.113.1\r\nHost`)
  expect(await readText(await send(request))).toContain('203.0.113.1')
})

describe('at the limit of connections', () => {
  const KEPT = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
  const holders: Socket[] = []

  afterEach(() => {
    for (const socket of holders.splice(0)) socket.destroy()
  })

  async function hold(start: string, from = '127.0.0.1'): Promise<Socket> {
    const socket = await send(start, from)
    holders.push(socket.resume())
    return socket
  }

  test('the connection that has been idle longest is closed, and the newcomer is served', async () => {
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

  test('behind a proxy, whose address all clients share, an address has no share', async () => {
    await echoBodyLength(BEHIND_A_PROXY)
    server.maxConnections = 12
    const held = []
    for (let i = 0; i < 8; i++) held.push(await hold(''))
    expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
    expect(held.filter((socket) => socket.closed)).toEqual([])
  })
})

describe('requests sent before the earlier ones are answered', () => {
  const KEPT = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

  test('are answered in their order, each once, with one at a time in the app', async () => {
    let inApp = 0
    let mostInApp = 0
    await start((request, response) => {
      mostInApp = Math.max(mostInApp, ++inApp)
      setImmediate(() => {
        inApp--
        response.end(request.url)
      })
    })
    const paths = Array.from({ length: 2000 }, (_, i) => `/${i}`)
    const bytes = paths.map((path) => KEPT.replace('/', path)).join('')
    const answers = await readText(await send(`${bytes}${GET.replace('/', '/last')}`))
    expect(answers.match(/^\/\w+(?=HTTP|$)/gm)).toEqual([...paths, '/last'])
    expect(mostInApp).toBe(1)
  })

  test('with bodies reach the app whole', async () => {
    await echoBodyLength()
    const post = (length: number) =>
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${'a'.repeat(length)}`
    const lengths = [1, 10_000, 0, 100_000, 7]
    const answers = await readText(await send(lengths.map(post).join('') + GET))
    expect(answers.match(/(?<=\r\n\r\n)\d+/g)?.map(Number)).toEqual([...lengths, 0])
  })

  test('of a client that reads nothing are not read, except for a handful', async () => {
    let asked = 0
    await start((_request, response) => {
      asked++
      response.end(Buffer.alloc(1_000_000))
    })
    const socket = (await send(KEPT.repeat(5000))).pause()
    let sent = 0
    const more = setInterval(() => socket.write(KEPT.repeat(5000), () => (sent += 5000)), 10)
    await until('the server reads no more', () => socket.writableLength > 4_000_000)
    clearInterval(more)
    expect(asked).toBeLessThan(50)
    // What other clients ask is answered meanwhile.
    expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
    expect(sent).toBeLessThan(1_000_000)
    socket.destroy()
  })

  /** @returns how many requests were parsed in one turn of the event loop, at most since it was asked last */
  function watchTurns(): () => number {
    let inTurn = 0
    let most = 0
    server.on('request', () => {
      if (inTurn++ === 0) setImmediate(() => (inTurn = 0))
      most = Math.max(most, inTurn)
    })
    return () => {
      const seen = most
      most = 0
      return seen
    }
  }

  test('are parsed a few at a time once a client has sent some ahead, and all answered', async () => {
    await start((request, response) => void setImmediate(() => response.end(request.url)))
    const mostInTurn = watchTurns()
    const socket = await send(KEPT.repeat(2))
    await once(socket.resume(), 'data')
    mostInTurn()
    const paths = Array.from({ length: 5000 }, (_, i) => `/${i}`)
    socket.write(paths.map((path) => KEPT.replace('/', path)).join('') + GET.replace('/', '/last'))
    expect((await readText(socket)).match(/(?<=\r\n)\/\w+(?=HTTP|$)/g)).toEqual([...paths, '/last'])
    expect(mostInTurn()).toBeLessThan(300)
  })

  test('are parsed a few at a time on every connection while many of others wait', async () => {
    let asked = 0
    await start(() => asked++)
    const quiet = await send('')
    const greedy = [await send(KEPT.repeat(5000)), await send(KEPT.repeat(5000))]
    await until('both are in the app', () => asked === 2)
    const mostInTurn = watchTurns()
    quiet.write(KEPT.repeat(5000))
    const late = await send(KEPT.repeat(5000))
    await until('two more are in the app', () => asked === 4)
    expect(mostInTurn()).toBeLessThan(300)
    for (const socket of [quiet, late, ...greedy]) socket.destroy()
  })

  test('are forgotten when their client goes', async () => {
    let asked = 0
    await start((_request, response) => {
      if (asked++ > 0) response.end()
    })
    const socket = await send(KEPT.repeat(100))
    await until('the first has come', () => asked === 1)
    socket.destroy()
    expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
    expect(asked).toBe(2)
  })
})

test('a client that drips is cut off within seconds, and an idle connection outlives a router’s use of it', async () => {
  await echoBodyLength()
  expect(server.headersTimeout).toBe(10_000)
  expect(server.requestTimeout).toBe(20_000)
  expect(server.keepAliveTimeout).toBeGreaterThan(95_000)
})
