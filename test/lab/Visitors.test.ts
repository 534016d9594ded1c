import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Behaviour, Visitors } from '../../lab/visitors/Visitors.js'
import type { Entry } from '../prove/history.js'
import { until } from '../support/poll.js'

interface EchoApp {
  readonly name: string
  readonly url: string
  /** The requests, as `GET /`. */
  readonly asked: string[]
  close(): void
}

/** An app that answers all requests alike. */
async function startEchoApp(name: string): Promise<EchoApp> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const page = { version: 7, length: 0, items: [], next: null, current: true }
    response.setHeader('Cache-Status', 'memcache; hit')
    response.end(JSON.stringify({ ...page, item: { id: 1, text: 'tea' } }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { name, url: `http://127.0.0.1:${port}`, asked, close: () => server.close() }
}

let a: EchoApp
let b: EchoApp
let entries: Entry[]

beforeEach(async () => {
  a = await startEchoApp('A')
  b = await startEchoApp('B')
  entries = []
})

afterEach(() => {
  a.close()
  b.close()
})

async function visit(behaviour: Behaviour, isEnough: () => boolean): Promise<void> {
  const visitors = new Visitors({ a, b }, behaviour, (entry) => entries.push(entry))
  visitors.begin()
  await until('the visitors have done enough', isEnough)
  await visitors.end()
}

test('one writer writes on process A only, and everybody looks at both', async () => {
  const behaviour: Behaviour = { loadsPerSecond: 200, writers: 'one', phase: 'calm' }
  await visit(behaviour, () => entries.filter(({ kind }) => kind !== 'load').length >= 3)
  expect(a.asked).toContain('POST /add')
  expect(b.asked.filter((request) => request.startsWith('POST'))).toEqual([])
  expect(a.asked).toContain('GET /')
  expect(b.asked).toContain('GET /')
})

test('two writers write on both processes', async () => {
  const behaviour: Behaviour = { loadsPerSecond: 200, writers: 'two at once', phase: 'calm' }
  await visit(behaviour, () => [a, b].every(({ asked }) => asked.includes('POST /add')))
  expect(entries.filter(({ failure }) => failure)).toEqual([])
})

test('a request without an answer is noted with its reason', async () => {
  const visitors = new Visitors(
    { a: { name: 'A', url: 'http://127.0.0.1:1' }, b },
    { loadsPerSecond: 10, writers: 'one', phase: 'calm' },
    (entry) => entries.push(entry),
  )
  await visitors.load({ name: 'A', url: 'http://127.0.0.1:1' })
  await visitors.end()
  expect(entries).toMatchObject([
    { kind: 'load', process: 'A', failure: { reason: expect.stringContaining('ECONNREFUSED') } },
  ])
})
