import { randomUUID } from 'node:crypto'
import { answerTo } from '../support/answerOf.js'
import { NOWHERE } from '../support/database.js'
import { until } from '../support/poll.js'
import { database } from '../support/useDatabase.js'
import { startWeb, type WebProcess } from '../support/webProcess.js'
import { memcached, startReadyWeb, useServers } from './useServers.js'

interface Line {
  readonly level: number
  readonly msg: string
  readonly id?: string
  readonly path?: string
  readonly [field: string]: unknown
}

const LEVEL = { debug: 20, info: 30, warn: 40, error: 50 }
const JSON_ = { Accept: 'application/json' }
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const BROKEN_PAGE = `
  create or replace function read_page(after_id bigint, page_size int)
  returns table (version bigint, length bigint, items json, origin text) language plpgsql
  as $$ begin raise exception 'the page is broken'; end $$`

let web: WebProcess

afterAll(() => web.stop())

useServers()

beforeAll(async () => {
  web = await startReadyWeb({ LOG_LEVEL: 'debug' })
})

function lines(of = web): Line[] {
  // Node warns of odd addresses on stderr, in words of its own.
  return of.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line)
}

/** The line of the request with this id, once it is there. */
async function lineOf(id: string, of: WebProcess): Promise<Line> {
  await until(`the log has a line with the id ${id}`, () => lines(of).some((line) => line.id === id))
  const found = lines(of).filter((line) => line.id === id)
  expect(found).toHaveLength(1)
  return found[0] as Line
}

async function ask(
  path: string,
  init: RequestInit = {},
  of = web,
): Promise<{ response: Response; text: string; line: Line }> {
  const response = await fetch(`${of.url}${path}`, { headers: JSON_, redirect: 'manual', ...init })
  const text = await response.text()
  return { response, text, line: await lineOf(response.headers.get('x-request-id') ?? 'none', of) }
}

test('each request is one line of JSON: id, method, path, status, duration and what the cache did', async () => {
  const { line } = await ask('/?after=1')
  expect(line).toEqual({
    level: LEVEL.info,
    time: expect.any(Number),
    id: expect.stringMatching(UUID),
    method: 'GET',
    path: '/',
    status: 200,
    ms: expect.any(Number),
    cache: 'memcache; fwd=bypass; detail=later-page',
    msg: 'request',
  })
  await until('a page comes from the cache', async () => (await ask('/')).line.cache === 'memcache; hit')
  expect(
    (await ask('/add', { method: 'POST', body: new URLSearchParams({ text: 'a' }) })).line,
  ).not.toHaveProperty('cache')
})

test('the level says how serious it is', async () => {
  const level = async (path: string, init?: RequestInit) => (await ask(path, init)).line.level
  expect(await level('/')).toBe(LEVEL.info)
  expect(await level('/nope')).toBe(LEVEL.info)
  for (const routine of ['/healthz', '/readyz']) expect(await level(routine)).toBe(LEVEL.debug)
})

test.each([
  ['what the proxy says', '8b1a9953-c461-4296-a827-abf8c47804d7', true],
  ['what Heroku lets through', 'a+b=c/d-e_f.0123456789', true],
  ['200 characters', 'x'.repeat(200), true],
  ['201 characters', 'x'.repeat(201), false],
  ['7 characters', '1234567', false],
  ['a space', '12345678 90', false],
  ['a quote', '12345678"}', false],
  ['other letters', '12345678é', false],
])('the id is %s: %s', async (_, given, isTaken) => {
  const { line } = await ask('/healthz', { headers: { ...JSON_, 'X-Request-Id': given } })
  if (isTaken) expect(line.id).toBe(given)
  else expect(line.id).toMatch(UUID)
})

test('Postgres away is a warning for each request, without a stack, and its id is on the page', async () => {
  const lost = await startWeb({ DATABASE_URL: NOWHERE })
  const { response, text, line } = await ask('/', { headers: { Accept: 'text/html' } }, lost)
  await lost.stop()
  expect(response.status).toBe(503)
  expect(text).toContain(`Reference: ${line.id}`)
  expect(line).toMatchObject({ level: LEVEL.warn, reason: expect.stringContaining('ECONNREFUSED') })
  expect(line).not.toHaveProperty('err')
})

test.each([
  ['/nope', '/nope'],
  ['/a%20b', '/a%20b'],
  ['/?text=secret', '/'],
  [`/${'x'.repeat(2000)}`, `/${'x'.repeat(499)}`],
  ['http://me:secret@a.example/nope', '*'],
])('the process survives any address, and logs it in printable characters: %j', async (address, path) => {
  const id = randomUUID()
  const request = `GET ${address} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n`
  const answer = await answerTo(Number(new URL(web.url).port), request)
  expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404) /)
  expect((await lineOf(id, web)).path).toBe(path)
  expect(await web.isHealthy()).toBe(true)
})

test('on a developer’s terminal a request is one line to read, with the id that an error page shows', async () => {
  const developers = await startWeb({ NODE_ENV: 'development', DATABASE_URL: NOWHERE })
  const response = await fetch(developers.url, { headers: JSON_ })
  const id = response.headers.get('x-request-id') ?? 'none'
  await until('the request is logged', () => developers.lines.some((line) => line.includes(id)))
  expect(developers.lines.filter((line) => line.includes('GET /'))).toEqual([
    expect.stringMatching(
      /^\[\d\d:\d\d:\d\d\] WARN: GET \/ 503, [\d.]+ ms, [\w-]+ \{"reason":".*ECONNREFUSED.*"\}$/,
    ),
  ])
  await developers.stop()
})

test('the loss and the return of memcache are logged once each, with the time between', async () => {
  await until('a page comes from the cache', async () => (await ask('/')).line.cache === 'memcache; hit')
  // On a busy machine it may have been lost for a moment before.
  const before = lines().length
  const said = (what: string) => lines().filter(({ msg }, index) => index >= before && msg === what)
  await memcached.kill()
  for (let load = 0; load < 20; load++) await ask('/')
  await memcached.start()
  await until('it is said that memcache is back', () => said('memcache is back').length > 0)
  expect(said('memcache is lost')).toEqual([
    expect.objectContaining({ level: LEVEL.warn, reason: expect.any(String) }),
  ])
  expect(said('memcache is back')).toEqual([
    expect.objectContaining({ level: LEVEL.info, awayMs: expect.any(Number) }),
  ])
})

test('a fault of ours is one error with its stack, and the page and the problem name its id', async () => {
  await database.execute(BROKEN_PAGE)
  const page = await ask('/', { headers: { Accept: 'text/html' } })
  expect(page.response.status).toBe(500)
  expect(page.text).toContain(`Reference: ${page.line.id}`)
  expect(page.line).toMatchObject({
    level: LEVEL.error,
    status: 500,
    err: { message: 'the page is broken', stack: expect.stringContaining('    at ') },
  })
  const problem = await ask('/')
  expect(JSON.parse(problem.text)).toMatchObject({ status: 500, requestId: problem.line.id })
  for (const { text } of [page, problem]) expect(text).not.toMatch(/page is broken| {4}at |node_modules/)
})
