import type { PageLoad } from '../../src/queue/Queue.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

const HTML = { Accept: 'text/html' }
const HOSTILE = '"><script>&\'; $& $1 \u{1f355} שלום'
const ESCAPED = '&#34;&gt;&lt;script&gt;&amp;&#39;; $&amp; $1 \u{1f355} שלום'

/** Contains what a careless template would interpret. */
const LOAD: PageLoad = {
  snapshot: {
    ...{ version: 7, length: 1234, next: null, origin: 'scripted' },
    items: [{ id: 8, text: 'text problem position href' }],
  },
  current: true,
}

let app: ScriptedApp

beforeEach(() => start())
async function start(environment = {}) {
  app = await startScriptedApp(
    {
      front: () => Promise.resolve(LOAD),
      write: (write) =>
        Promise.resolve(
          'add' in write
            ? { item: { id: 8, text: write.add }, version: 8, length: 1234, front: LOAD.snapshot }
            : { item: { id: 3, text: HOSTILE }, version: 8, length: 0, front: LOAD.snapshot },
        ),
    },
    {},
    environment,
  )
}

interface Visit {
  readonly html: string
  readonly headers: Headers
}

async function visit(cookie: string | undefined, headers: Record<string, string> = {}): Promise<Visit> {
  const given = cookie === undefined ? {} : { Cookie: cookie }
  const response = await fetch(app.url, { headers: { ...HTML, ...given, ...headers } })
  expect(response.status).toBe(200)
  return { html: await response.text(), headers: response.headers }
}

/** Sends a form as a browser without a script does. @returns the cookie that it is to bring along */
async function post(path: string, text = '', headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${app.url}${path}`, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ text }) },
    headers: { ...HTML, ...headers },
  })
  expect(response.status).toBe(303)
  return response.headers.getSetCookie().join('; ')
}

function pairOf(cookie: string): string {
  return cookie.split(';', 1)[0] ?? ''
}

test('after a remove the next page names the removed item, escaped; the page after that does not', async () => {
  const cookie = await post('/remove')
  expect(cookie).toMatch(/; Path=\/; .*HttpOnly; SameSite=Strict$/)
  const { html, headers } = await visit(`other=1; ${pairOf(cookie)}; last=2`)
  expect(html).toContain(ESCAPED)
  expect(html).not.toContain(HOSTILE)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('etag')).toBeNull()
  expect(headers.getSetCookie()).toEqual([
    expect.stringMatching(/^visitor=/),
    expect.stringMatching(/^notice=; Max-Age=0; Path=\/;/),
  ])
})

test('a text of 200 of the longest characters fits into the cookie', async () => {
  const text = '\u{1f355}'.repeat(200)
  const cookie = await post('/add', text)
  expect(cookie.length).toBeLessThan(4096)
  const { headers } = await visit(pairOf(cookie))
  expect(headers.get('cache-control')).toBe('no-store')
})

test('the page is the shared one with the notice in it', async () => {
  const { html: plain } = await visit(undefined)
  const { html } = await visit(pairOf(await post('/remove')))
  const said = /(<div id="said"[^>]*>)([\s\S]*?)<\/div>/
  expect(said.exec(html)?.[2]).toContain(ESCAPED)
  expect(html.replace(said, '$1</div>')).toBe(plain)
})

test('after an add the next page says its place in line, with a link to the page that begins with it', async () => {
  const { html } = await visit(pairOf(await post('/add', HOSTILE)))
  expect(html).toContain('Added as <a href="/?after=7#item-8">number 1,234 in line</a>')
  expect(html).toContain(ESCAPED)
})

test.each([
  ['added=a&id=1&position=1', 'Added as <a href="/#item-1">number 1 in line</a>'], // no item is before the first
  ['removed=', 'Nothing in line to remove.'],
])('the cookie %j shows %j', async (value, notice) => {
  expect((await visit(`notice=${value}`)).html).toContain(notice)
})

test('it is compressed, and has its own length, if there is time to compress it', async () => {
  const cookie = pairOf(await post('/remove'))
  const response = await fetch(app.url, { headers: { ...HTML, Cookie: cookie, 'Accept-Encoding': 'br' } })
  expect(response.headers.get('content-encoding')).toBe('br')
  expect(await response.text()).toContain(ESCAPED)
})

test.each([
  ...['', 'removed=%00', 'removed=a%0ab', `removed=${'x'.repeat(201)}`, 'added=a', 'added=a&id=x&position=1'],
  ...['added=a&id=1&position=-1', 'added=a&id=1&position=1e9', 'other=1', '%', '%ff', '__proto__=1'],
])('a cookie that no answer of ours has set shows nothing: %j', async (value) => {
  const { html } = await visit(`notice=${value}`)
  expect(html).toBe((await visit(undefined)).html)
})

test('only a visit to the front page shows and clears it', async () => {
  const Cookie = pairOf(await post('/remove'))
  for (const [path, method, headers] of [
    ['/', 'HEAD', HTML],
    ['/', 'GET', { Accept: 'application/json' }],
    ['/', 'GET', { ...HTML, 'HX-Request': 'true' }],
    ['/?after=1', 'GET', HTML],
  ] as const) {
    const response = await fetch(app.url + path, { method, headers: { ...headers, Cookie } })
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.text()).not.toContain(ESCAPED)
  }
})

test.each(['https', 'HTTPS'])(
  'over %s the cookie is one that no other site of the same domain can set',
  async (protocol) => {
    await start({ TRUST_PROXY: '1' })
    const https = { 'X-Forwarded-Proto': protocol }
    const cookie = await post('/remove', '', https)
    expect(cookie).toMatch(/^__Host-notice=[^;]+; .*Path=\/; .*; Secure; SameSite=Strict$/)
    expect(cookie).not.toContain('Domain')
    expect((await visit(pairOf(cookie), https)).html).toContain(ESCAPED)
    // A site on a sibling domain could set this one.
    expect((await visit('notice=removed=planted', https)).html).not.toContain('planted')
  },
)

test('a refused text comes back in the shared page, escaped, with the reason', async () => {
  const body = new URLSearchParams({ text: HOSTILE.repeat(20) })
  const headers = { ...HTML, 'Accept-Encoding': 'br' }
  const response = await fetch(`${app.url}/add`, { method: 'POST', headers, body })
  expect(response.status).toBe(422)
  const html = await response.text()
  expect(html).toContain(`value="${ESCAPED.repeat(20)}"`)
  expect(html).toMatch(/role="alert">Use at most 200 characters; these are \d+\.<\/p>/)
  expect(html).toMatch(/aria-invalid="true"/)
  expect(html).toContain('text problem position href')
})

test.each([
  ['2,000 Chinese characters', '牛'.repeat(2000), 422],
  ['7,000 Chinese characters', '牛'.repeat(7000), 413],
  ['20,000 Latin ones', 'x'.repeat(20_000), 413],
])('%s come back, with what is wrong with them', async (_what, text, status) => {
  const body = new URLSearchParams({ text })
  for (const headers of [HTML, { ...HTML, 'HX-Request': 'true' }]) {
    const response = await fetch(`${app.url}/add`, { method: 'POST', headers, body })
    expect(response.status).toBe(status)
    const html = await response.text()
    expect(html).toContain(`Use at most 200 characters; these are ${text.length}.`)
    if (!('HX-Request' in headers)) expect(html).toContain(`value="${text}"`)
  }
})

test('a body that is too long to be read gets a 413 that says so', async () => {
  const body = new URLSearchParams({ text: '牛'.repeat(20_000) })
  const response = await fetch(`${app.url}/add`, { method: 'POST', headers: HTML, body })
  expect(response.status).toBe(413)
  expect(await response.text()).toContain('An item may have at most 200 characters.')
})
