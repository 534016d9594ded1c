import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { jest } from '@jest/globals'
import express from 'express'
import { createHttpServer } from '../src/httpServer.js'
import { until } from './support/poll.js'

const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'
const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
/** In place of ten and twenty seconds. */
const HEADERS_DEADLINE_MS = 300
const REQUEST_DEADLINE_MS = 600
const TIMERS_BUT_SET_TIMEOUT = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
]

let server: Server

afterEach(() => {
  jest.useRealTimers()
  server.close()
  server.closeAllConnections()
})

async function start(listener: RequestListener): Promise<void> {
  server = createHttpServer(express().use((request, response) => listener(request, response)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
}

async function send(start: string): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
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

function echoBodyLength(): Promise<void> {
  return start((request, response) => {
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    request.on('end', () => response.end(String(length)))
  })
}

test.each([
  ['headers', 'GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ', 'a'],
  ['a request line', 'GET /', 'a'],
  ['a body', `${POST}\r\n`, 'a'],
  ['a body in chunks', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\na\r\n'],
])('who drips %s is cut off with a 408, and others are served meanwhile', async (_what, start, byte) => {
  await echoBodyLength()
  server.headersTimeout = HEADERS_DEADLINE_MS
  server.requestTimeout = REQUEST_DEADLINE_MS
  const dripped = drip(start, byte)
  expect(await readText(await send(GET))).toMatch(/^HTTP\/1.1 200 /)
  expect(await dripped).toMatch(/^HTTP\/1.1 408 /)
})

test('who connects and sends nothing is cut off', async () => {
  await echoBodyLength()
  server.headersTimeout = HEADERS_DEADLINE_MS
  server.requestTimeout = REQUEST_DEADLINE_MS
  expect(await readText(await send(''))).toMatch(/^HTTP\/1.1 408 /)
})

test('who takes no byte of a long answer is cut off', async () => {
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

test('who takes an answer drop by drop is cut off in the end; a stream of events has none', async () => {
  // The deadline alone is faked: what it takes is a minute and a half.
  jest.useFakeTimers({ doNotFake: TIMERS_BUT_SET_TIMEOUT })
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

test('a stream of events lasts, whatever a request and its headers may take', async () => {
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
  await until('it has lasted for three sweeps of the deadlines', () => events > 3 * (1000 / 50))
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

test('no header is dropped without a word, however many stand before it', async () => {
  await start((request, response) => response.end(String(request.headers['x-forwarded-for'])))
  const request = GET.replace('Host', `${'X: a\r\n'.repeat(4000)}X-Forwarded-For: 203.0.113.1\r\nHost`)
  expect(await readText(await send(request))).toContain('203.0.113.1')
})

test('no more connections are taken than the limit says; there is room again when one has ended', async () => {
  await echoBodyLength()
  expect(server.maxConnections).toBeLessThanOrEqual(5000)
  server.maxConnections = 2
  const held = [await send(''), await send('')]
  expect(await readText(await send(GET))).toBe('')
  held[0]?.destroy()
  await until('there is room', async () => (await readText(await send(GET))).startsWith('HTTP/1.1 200 '))
  held[1]?.destroy()
})

test('a client that drips is held for seconds, a connection longer than a router reuses it for', async () => {
  await echoBodyLength()
  expect(server.headersTimeout).toBe(10_000)
  expect(server.requestTimeout).toBe(20_000)
  expect(server.keepAliveTimeout).toBeGreaterThan(95_000)
})
