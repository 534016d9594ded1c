import { once } from 'node:events'
import { text as readText } from 'node:stream/consumers'
import { until } from '../support/poll.js'
import { echoBodyLength, GET, KEPT, send, server, start } from './rawServer.js'

test('requests sent ahead are answered in their order, each once, with one at a time in the app', async () => {
  let inApp = 0
  let mostInApp = 0
  await start((request, response) => {
    mostInApp = Math.max(mostInApp, ++inApp)
    setImmediate(() => {
      inApp--
      response.end(request.url)
    })
  })
  const paths = Array.from({ length: 800 }, (_, i) => `/${i}`)
  const bytes = paths.map((path) => KEPT.replace('/', path)).join('')
  const answers = await readText(await send(`${bytes}${GET.replace('/', '/last')}`))
  expect(answers.match(/^\/\w+(?=HTTP|$)/gm)).toEqual([...paths, '/last'])
  expect(mostInApp).toBe(1)
})

test('requests sent ahead with bodies reach the app whole', async () => {
  await echoBodyLength()
  const post = (length: number) =>
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${'a'.repeat(length)}`
  const lengths = [1, 10_000, 0, 100_000, 7]
  const answers = await readText(await send(lengths.map(post).join('') + GET))
  expect(answers.match(/(?<=\r\n\r\n)\d+/g)?.map(Number)).toEqual([...lengths, 0])
})

test('requests sent ahead by a client that reads nothing are not read, except for a handful', async () => {
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

test('requests sent ahead are parsed a few at a time once a client has sent some, and all answered', async () => {
  await start((request, response) => void setImmediate(() => response.end(request.url)))
  const mostInTurn = watchTurns()
  const socket = await send(KEPT.repeat(2))
  await once(socket.resume(), 'data')
  mostInTurn()
  const paths = Array.from({ length: 2000 }, (_, i) => `/${i}`)
  socket.write(paths.map((path) => KEPT.replace('/', path)).join('') + GET.replace('/', '/last'))
  expect((await readText(socket)).match(/(?<=\r\n)\/\w+(?=HTTP|$)/g)).toEqual([...paths, '/last'])
  expect(mostInTurn()).toBeLessThan(300)
})

test('requests sent ahead are parsed a few at a time on every connection while many of others wait', async () => {
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

test('requests sent ahead are forgotten when their client goes', async () => {
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
