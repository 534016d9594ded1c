import { app, useApp } from '../support/useApp.js'

// A browser without our script, whose visitor presses a button twice.
useApp({ MEMCACHIER_SERVERS: '' })
beforeEach(() => app.empty())

interface Visit {
  readonly cookie: string
  readonly version: string
}

/** Opens the page like a browser that keeps cookies. */
async function visit(cookie = ''): Promise<Visit> {
  const { text, headers } = await app.get('/', { Accept: 'text/html', Cookie: cookie }).expect(200)
  const set = /visitor=[^;]+/.exec(String(headers['set-cookie']))?.[0]
  const version = /name="version" value="(\d+)"/.exec(text)?.[1] ?? ''
  return { cookie: set ?? cookie, version }
}

async function submit(
  path: string,
  { cookie, version }: Visit,
  fields: Record<string, string> = {},
): Promise<void> {
  const body = String(new URLSearchParams({ version, ...fields }))
  await app.postForm(path, body, { Accept: 'text/html', Cookie: cookie }).expect(303)
}

async function texts(): Promise<string[]> {
  return (await app.queue()).items.map(({ text }) => text)
}

test('the same form sent twice adds once, or removes once', async () => {
  const page = await visit()
  await Promise.all([submit('/add', page, { text: 'a' }), submit('/add', page, { text: 'a' })])
  expect(await texts()).toEqual(['a'])
  await app.add('b')
  const next = await visit(page.cookie)
  await Promise.all([submit('/remove', next), submit('/remove', next)])
  expect(await texts()).toEqual(['b'])
})

test('another text, the next page and another visitor are other writes', async () => {
  const page = await visit()
  await submit('/add', page, { text: 'a' })
  await submit('/add', page, { text: 'b' })
  await submit('/add', await visit(page.cookie), { text: 'a' })
  await submit('/add', { ...(await visit()), version: page.version }, { text: 'a' })
  expect(await texts()).toEqual(['a', 'b', 'a', 'a'])
})

test('a browser that keeps no cookies writes each time', async () => {
  const { version } = await visit()
  for (let i = 0; i < 2; i++) await submit('/add', { cookie: '', version }, { text: 'a' })
  expect(await texts()).toEqual(['a', 'a'])
})

test('a visitor gets the cookie once, and a client that wants JSON never', async () => {
  const { cookie } = await visit()
  expect(cookie).toMatch(/^visitor=.{36}$/)
  expect((await app.get('/', { Accept: 'text/html', Cookie: cookie })).headers['set-cookie']).toBeUndefined()
  expect((await app.get('/', { Accept: 'application/json' })).headers['set-cookie']).toBeUndefined()
})
