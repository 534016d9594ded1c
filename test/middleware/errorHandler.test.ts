import { TooBusy } from '../../src/db/errors.js'
import { NOWHERE } from '../support/database.js'
import { startScriptedApp } from '../support/scriptedApp.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { app, useApp } from '../support/useApp.js'

const HTML = { Accept: 'text/html' }
const JSON_ = { Accept: 'application/json' }
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }
const CROSS_SITE = { 'Sec-Fetch-Site': 'cross-site' }

const ALLOWED: Readonly<Record<string, string>> = {
  '/': 'GET, HEAD',
  '/end': 'GET, HEAD',
  '/add': 'POST',
  '/remove': 'POST',
  '/healthz': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
  '/status': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
}
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']
const REFUSED = Object.entries(ALLOWED).flatMap(([path, allow]) =>
  METHODS.filter((method) => !allow.split(', ').includes(method)).map(
    (method) => [method, path, allow] as const,
  ),
)

useApp()

test.each(REFUSED)(
  '%s %s is not allowed, and the answer names the allowed methods',
  async (method, path, allow) => {
    await app.request(method, path, JSON_).expect(405).expect('allow', allow)
  },
)

test.each(Object.entries(ALLOWED))(
  'OPTIONS %s is answered with the allowed methods: %s',
  async (path, allow) => {
    const { headers, text } = await app.request('OPTIONS', path).expect(204).expect('allow', allow)
    expect(text).toBe('')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  },
)

test('OPTIONS of no page is a 404', async () => {
  await app.request('OPTIONS', '/nope', JSON_).expect(404)
})

test.each(['PUT', 'PATCH', 'DELETE', 'POST'])(
  '%s from another site is refused before all other checks',
  async (method) => {
    for (const path of ['/', '/add', '/nope']) {
      await app.request(method, path, { ...JSON_, ...CROSS_SITE }).expect(403)
    }
  },
)

test.each(['/nope', '/add/', '/..%2f..%2fetc/passwd', '/%zz', '/ADD', '/index.html'])(
  'there is no page %s',
  async (path) => {
    const { body } = await app
      .get(path, JSON_)
      .expect(404)
      .expect('content-type', /application\/problem\+json/)
    expect(body).toMatchObject({ type: 'about:blank', status: 404 })
    expect((await app.get(path, HTML).expect(404)).text).toContain('No such page')
  },
)

test('an error of ours says nothing about the inside', async () => {
  const [original] = await app.sql(`select pg_get_functiondef('count_before'::regproc) as definition`)
  await app.sql(`
    create or replace function count_before(after_id bigint, at_most int) returns bigint
    language plpgsql as $$ begin raise 'a detail of the inside'; end $$`)
  const response = await app.get('/?after=1', JSON_).expect(500)
  expect(response.text).not.toContain('inside')
  expect(response.body).toMatchObject({ status: 500, detail: 'It was our fault, and it has been noted.' })
  await app.sql(String(original?.definition))
})

// A request for every error status that a visitor can cause.
const BAD_REQUESTS: [
  status: number,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string>,
][] = [
  [400, 'GET', '/?after=x', '', {}],
  [400, 'POST', '/add', 'text=%', FORM],
  [403, 'POST', '/add', 'text=a', { ...FORM, ...CROSS_SITE }],
  [404, 'GET', '/nope', '', {}],
  [405, 'PUT', '/add', '', {}],
  [413, 'POST', '/add', `text=${'x'.repeat(20_000)}`, FORM],
  [415, 'POST', '/add', '<text/>', { 'Content-Type': 'application/xml' }],
  [422, 'POST', '/add', 'text=+', FORM],
]

describe.each(BAD_REQUESTS)('%i, for %s %s', (status, method, path, body, headers) => {
  const send = (accept: Record<string, string>) => {
    const request = app.request(method, path, { ...accept, ...headers })
    return body === '' ? request : request.serialize(String).send(body)
  }

  test('is a problem document if the client prefers JSON', async () => {
    const response = await send(JSON_).expect(status)
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json\b/)
    expect(JSON.parse(response.text)).toEqual({
      type: 'about:blank',
      status,
      title: expect.stringMatching(/./),
      detail: expect.stringMatching(/./),
    })
  })

  test('is a page for all others, and must not be stored', async () => {
    const response = await send(HTML).expect(status)
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      vary: expect.stringMatching(/^Accept\b/),
    })
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(response.text).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/)
  })
})

test('the answer to an unknown path does not repeat it', async () => {
  const response = await app.get('/%3Cscript%3Ealert(1)', HTML).expect(404)
  expect(response.text).not.toContain('alert(1)')
})

test('a form that another site sent is not shown as if the visitor had typed it', async () => {
  const response = await app.postForm('/add', 'text=planted', { ...HTML, ...CROSS_SITE }).expect(403)
  expect(response.text).not.toContain('planted')
})

test.each([
  ['GET', '/?after=1', '5'],
  ['POST', '/remove', undefined], // loaded again it would be another remove
])('%s %s that can’t be served is an error page without a form', async (method, path, refresh) => {
  const busy = () => Promise.reject(new TooBusy())
  const { url } = await startScriptedApp({ after: busy, write: busy })
  const response = await fetch(url + path, { method, headers: HTML })
  expect([response.status, response.headers.get('refresh') ?? undefined]).toEqual([503, refresh])
  const html = await response.text()
  expect(html).toContain('Closed for a moment')
  expect(html).not.toContain('<form')
})

describe('with nothing at the address of the database', () => {
  let lost: TestApp

  beforeAll(async () => {
    lost = await startTestApp({ DATABASE_URL: NOWHERE, MEMCACHIER_SERVERS: '' })
  })

  afterAll(() => lost.close())

  test.each([
    ['GET', '/'],
    ['GET', '/?after=1'],
    ['POST', '/remove'],
  ])('%s %s is a 503 that says when to try again', async (method, path) => {
    const { body } = await lost
      .request(method, path, JSON_)
      .expect(503)
      .expect('retry-after', /^[1-9]\d*$/)
    expect(body).toMatchObject({ type: 'about:blank', status: 503 })
  })

  test('the page says so, and loads itself again', async () => {
    const page = await lost.get('/', HTML).expect(503).expect('refresh', '5')
    expect(page.text).toContain('Closed for a moment')
  })

  test('an add is a 503 that keeps the text, escaped', async () => {
    await lost
      .postJson('/add', '{"text":"a"}')
      .expect(503)
      .expect('retry-after', /^[1-9]\d*$/)
    const form = `text=${encodeURIComponent('"><b>mine')}`
    const page = await lost
      .postForm('/add', form, HTML)
      .expect(503)
      .expect('retry-after', /^[1-9]\d*$/)
    expect(page.text).toContain('value="&#34;&gt;&lt;b&gt;mine"')
    expect(page.headers).not.toHaveProperty('refresh') // that would send it again
  })

  test('a double click on “Try again” adds once, when the database is back', async () => {
    const page = await lost.postForm('/add', 'text=mine', HTML).expect(503)
    const fields = [...page.text.matchAll(/<input [^>]*name="(\w+)"[^>]* value="([^"]*)"/g)]
    const form = new URLSearchParams(
      fields.map(([, name = '', value = '']): [string, string] => [name, value]),
    ).toString()
    for (const _click of [1, 2]) {
      await app.postForm('/add', form, { ...HTML, Cookie: 'visitor=somebody' }).expect(303)
    }
    expect((await app.queue()).items.map((item) => item.text)).toEqual(['mine'])
  })

  test('a bad request still gets its own error', async () => {
    await lost.postJson('/add', '{"text":""}').expect(422)
    await lost.postForm('/add', 'text=', HTML).expect(422)
    await lost.get('/?after=0', JSON_).expect(400)
    await lost.get('/nope', JSON_).expect(404)
  })

  test('the process is healthy, though not ready', async () => {
    await lost.get('/healthz').expect(200)
    await lost.get('/readyz').expect(503)
  })
})
