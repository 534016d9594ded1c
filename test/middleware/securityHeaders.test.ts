import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp

beforeAll(async () => {
  app = await startTestApp()
})

afterAll(() => app.close())

test.each(['/', '/nope', '/healthz', '/?after=x'])('%s may use nothing but what is its own', async (path) => {
  const { headers } = await app.get(path)
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

test('our own forms keep their origin, by which they are told from those of others', async () => {
  expect((await app.get('/')).headers['referrer-policy']).toBe('same-origin')
})

test('only what came over HTTPS is asked to stay there', async () => {
  expect((await app.get('/')).headers).not.toHaveProperty('strict-transport-security')
  const behindProxy = await startTestApp({ TRUST_PROXY: '1' })
  const { headers } = await behindProxy.get('/', { 'X-Forwarded-Proto': 'https' })
  await behindProxy.close()
  expect(headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains')
})
