import type { Socket } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { answerOf } from '../support/answerOf.js'
import { until } from '../support/poll.js'
import { echoBodyLength, GET, send, server, start } from './rawServer.js'

const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'
/** In place of ten and twenty seconds. */
const HEADERS_DEADLINE_MS = 300
const REQUEST_DEADLINE_MS = 600

/** One byte after the other, until the connection is closed. @returns what was answered */
async function drip(start: string, byte: string): Promise<string> {
  const socket = await send(start)
  const dripping = setInterval(() => socket.write(byte), 50)
  socket.once('close', () => clearInterval(dripping))
  return await answerOf(socket)
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

test('no header is dropped silently, no matter how many come before it', async () => {
  await start((request, response) => response.end(String(request.headers['x-forwarded-for'])))
  const request = GET.replace('Host', `${'X: a\r\n'.repeat(4000)}X-Forwarded-For: 203.0.113.1\r\nHost`)
  expect(await readText(await send(request))).toContain('203.0.113.1')
})

test('a client that drips is cut off within seconds', async () => {
  await echoBodyLength()
  expect(server.headersTimeout).toBe(10_000)
  expect(server.requestTimeout).toBe(20_000)
})

test('an idle connection outlives a router’s use of it', async () => {
  let idle: Socket | undefined
  await start(({ socket }, response) => {
    response.once('close', () => {
      idle = socket
    })
    response.end('answered')
  })
  const client = await send(GET.replace('close', 'keep-alive'))
  await until('the connection is idle', () => idle !== undefined)
  expect(idle?.timeout).toBeGreaterThan(95_000)
  client.destroy()
})
