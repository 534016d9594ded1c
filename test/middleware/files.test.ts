import { readdirSync } from 'node:fs'
import { ASSETS_PATH, PUBLIC } from '../../src/pages/assets.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

const OTHER_RELEASE = '/assets/0123456789'

let app: ScriptedApp

beforeAll(async () => {
  app = await startScriptedApp()
})

function ask(path: string, method = 'GET'): Promise<Response> {
  return fetch(`${app.url}${path}`, { method, headers: { Accept: 'application/json' } })
}

test('the files of this release may be cached for good', async () => {
  const { status, headers } = await ask(`${ASSETS_PATH}/styles.css`)
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
})

test('a page of another release gets the files of this one, and asks again the next time', async () => {
  for (const name of readdirSync(PUBLIC)) {
    const ours = await ask(`${ASSETS_PATH}/${name}`)
    const theirs = await ask(`${OTHER_RELEASE}/${name}`)
    expect(theirs.status).toBe(200)
    expect(theirs.headers.get('cache-control')).toBe('no-cache')
    expect(theirs.headers.get('content-type')).toBe(ours.headers.get('content-type'))
    expect(await theirs.text()).toBe(await ours.text())
  }
})

test.each([
  ...['/assets/styles.css', '/assets/0123456789', '/assets/0123456789/', '/assets/0123456789/nope.css'],
  ...['/assets/0123456789/../../package.json', '/assets/0123456789/..%2f..%2fpackage.json'],
  ...['/assets/012345678/styles.css', '/assets/01234567890/styles.css', '/assets/ABCDEF0123/styles.css'],
  ...[`${ASSETS_PATH.toUpperCase()}/styles.css`, '/FAVICON.ICO', '/favicon.ico/'],
  ...['/assets/0123456789/0123456789/styles.css', '/assets/0123456789/.env', '/styles.css'],
])('there is nothing at %s', async (path) => {
  expect((await ask(path)).status).toBe(404)
})

test('files can only be read', async () => {
  for (const path of [`${ASSETS_PATH}/styles.css`, `${OTHER_RELEASE}/styles.css`, '/favicon.ico']) {
    expect((await ask(path, 'HEAD')).status).toBe(200)
    const refused = await ask(path, 'POST')
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    const options = await ask(path, 'OPTIONS')
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD'])
  }
})

test.each(['/favicon.ico', '/apple-touch-icon.png', '/apple-touch-icon-precomposed.png'])(
  'browsers that ask for %s get it',
  async (path) => {
    const { status, headers } = await ask(path)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('public, max-age=86400')
  },
)

test.each(['br', 'gzip'])(
  'text files come as %s to browsers that take it, and are confirmed by their ETag',
  async (encoding) => {
    for (const folder of [ASSETS_PATH, OTHER_RELEASE]) {
      const url = `${app.url}${folder}/styles.css`
      const plain = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } })
      const small = await fetch(url, { headers: { 'Accept-Encoding': encoding } })
      expect(small.headers.get('content-encoding')).toBe(encoding)
      expect(small.headers.get('vary')).toContain('Accept-Encoding')
      expect(small.headers.get('content-type')).toBe(plain.headers.get('content-type'))
      expect(small.headers.get('cache-control')).toBe(plain.headers.get('cache-control'))
      expect(Number(small.headers.get('content-length'))).toBeLessThan(
        Number(plain.headers.get('content-length')) / 2,
      )
      expect(await small.text()).toBe(await plain.text())
      const etag = small.headers.get('etag') ?? ''
      expect(etag).not.toBe(plain.headers.get('etag'))
      const again = await fetch(url, {
        headers: { 'Accept-Encoding': encoding, 'If-None-Match': etag, 'Cache-Control': 'max-age=0' },
      })
      expect(again.status).toBe(304)
    }
  },
)
