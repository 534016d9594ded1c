import { answerTo } from '../support/answerOf.js'
import { startTestApp } from '../support/testApp.js'
import { app, useApp } from '../support/useApp.js'

const HEROKU = {
  NODE_ENV: 'production',
  DYNO: 'web.1',
  PGSSLMODE: 'disable',
  MEMCACHIER_SERVERS: '',
}
const PLAIN = { Host: 'queue.example', 'X-Forwarded-Proto': 'http', 'X-Forwarded-For': '203.0.113.7' }

describe('on Heroku', () => {
  useApp(HEROKU)

  test.each([
    ['GET', '/'],
    ['HEAD', '/'],
    ['GET', '/?after=7&x=%2F'],
    ['GET', '/healthz'],
    ['GET', '/nope'],
    ['GET', '//evil.example/'],
    ['POST', '/add'],
    ['POST', '/remove'],
    ['DELETE', '/'],
  ])('sends %s %s in plain HTTP to the same address over HTTPS, the method kept', async (method, path) => {
    const answer = await raw(method, path, PLAIN)
    expect(answer).toMatch(/^HTTP\/1.1 308 /)
    expect(answer).toContain(`\r\nLocation: https://queue.example${path}\r\n`)
  })

  test('changes nothing in plain HTTP', async () => {
    await app.postForm('/add', 'text=a', PLAIN).expect(308)
    expect((await app.queue()).length).toBe(0)
  })

  test('serves requests over HTTPS, and those that did not come through the router', async () => {
    await app.get('/', { ...PLAIN, 'X-Forwarded-Proto': 'https' }).expect(200)
    await app.get('/').expect(200)
    await app.get('/healthz', { Host: 'localhost:3000' }).expect(200)
  })

  test.each(['HTTPS', 'Https', 'https,http', 'https, https', 'HTTPS , http'])(
    'takes X-Forwarded-Proto "%s" for HTTPS, so the redirects end',
    async (protocol) => {
      const { headers } = await app.get('/', { ...PLAIN, 'X-Forwarded-Proto': protocol }).expect(200)
      expect(headers).toHaveProperty('strict-transport-security')
    },
  )

  test.each(['HTTP', 'http,https', 'http, http'])(
    'redirects with X-Forwarded-Proto "%s"',
    async (protocol) => {
      await app.get('/', { ...PLAIN, 'X-Forwarded-Proto': protocol }).expect(308)
    },
  )

  test('redirects to no host that a client has forged in a header', async () => {
    const elsewhere = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' }
    await app
      .get('/', { ...PLAIN, ...elsewhere })
      .expect(308)
      .expect('location', 'https://queue.example/')
    const absolute = await raw('GET', 'http://evil.example/x', PLAIN)
    expect(absolute).toContain('\r\nLocation: https://queue.example/\r\n')
  })

  test.each(['', 'a b', 'queue.example:port', '[', '%'])('has no page for the host "%s"', async (host) => {
    expect(await raw('GET', '/', { ...PLAIN, Host: host })).toMatch(/^HTTP\/1.1 400 /)
  })

  test('leaves out the port of plain HTTP', async () => {
    const headers = { ...PLAIN, Host: 'queue.example:80' }
    await app.get('/', headers).expect(308).expect('location', 'https://queue.example/')
  })

  async function raw(method: string, path: string, headers: Record<string, string>): Promise<string> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return await answerTo(
      app.port,
      `${method} ${path} HTTP/1.1\r\nConnection: close\r\n${lines.join('')}\r\n`,
    )
  }
})

test.each([
  ['elsewhere in production', { NODE_ENV: 'production' }],
  ['on Heroku, but not in production', { DYNO: 'web.1', PGSSLMODE: 'disable' }],
  ['without a trusted proxy', { ...HEROKU, TRUST_PROXY: '0' }],
])('%s, plain HTTP is served', async (_where, environment) => {
  const app = await startTestApp({ MEMCACHIER_SERVERS: '', ...environment })
  await app.get('/', PLAIN).expect(200)
  await app.close()
})
