import { ASSETS_PATH } from '../../src/pages/assets.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

let app: ScriptedApp

beforeAll(async () => {
  app = await startScriptedApp()
})

async function headersOf(path: string, method = 'GET'): Promise<Record<string, string>> {
  const response = await fetch(app.url + path, { method })
  await response.text()
  return Object.fromEntries(response.headers)
}

test.each(['/', '/nope', '/healthz', '/?after=x'])('%s may load nothing from elsewhere', async (path) => {
  const headers = await headersOf(path)
  expect(headers['content-security-policy']?.split(';').sort()).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
  ])
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'permissions-policy': expect.stringContaining('camera=()'),
  })
  expect(headers).not.toHaveProperty('x-powered-by')
})

test('an error page in the place of a file has the headers of a page, and the file does not', async () => {
  const file = `${ASSETS_PATH}/styles.css`
  const places: [string, string?][] = [[file], [`${ASSETS_PATH}/nope.css`], [file, 'POST']]
  const policies = []
  for (const place of places) policies.push('content-security-policy' in (await headersOf(...place)))
  expect(policies).toEqual([false, true, true])
})

test('our own forms send their origin, so that they can be distinguished from others', async () => {
  expect((await headersOf('/'))['referrer-policy']).toBe('same-origin')
})

test('only answers over HTTPS ask the browser to stay with HTTPS', async () => {
  expect(await headersOf('/')).not.toHaveProperty('strict-transport-security')
  const behindProxy = await startScriptedApp({}, {}, { TRUST_PROXY: '1' })
  const { headers } = await fetch(behindProxy.url, { headers: { 'X-Forwarded-Proto': 'https' } })
  expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains')
})
