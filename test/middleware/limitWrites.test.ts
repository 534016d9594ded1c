import { startTestApp } from '../support/testApp.js'
import { app, useApp } from '../support/useApp.js'

const HTML = { Accept: 'text/html' }
const JSON_ = { Accept: 'application/json' }
const LIMIT = 5

/** A new one for each test, which has written nothing yet. */
let address: string
let tests = 0

beforeEach(() => {
  address = `203.0.113.${++tests}`
})

useApp({
  MEMCACHIER_SERVERS: '',
  WRITE_LIMIT_PER_MINUTE: String(LIMIT),
  TRUST_PROXY: '1',
})

/** The header that the one proxy in front writes. The client may have sent what stands before it. */
function from(address: string): Record<string, string> {
  return { ...JSON_, 'X-Forwarded-For': address }
}

async function useUpTheLimitOf(address: string): Promise<void> {
  for (let i = 0; i < LIMIT; i++) await app.request('POST', '/remove', from(address)).expect(200)
  await isRefused(address)
}

async function isRefused(address: string): Promise<void> {
  await app.postJson('/add', '{"text":"over"}', from(address)).expect(429)
  await app.request('POST', '/remove', from(address)).expect(429)
}

async function isServed(address: string): Promise<void> {
  await app.request('POST', '/remove', from(address)).expect(200)
}

test('the first write over the limit is refused, with how long to wait, and changes nothing', async () => {
  for (let left = LIMIT - 1; left >= 0; left--) {
    const { headers } = await app.postJson('/add', '{"text":"a"}', from(address)).expect(201)
    expect(headers.ratelimit).toMatch(new RegExp(`^"writes"; r=${left}; t=\\d+$`))
    expect(headers['ratelimit-policy']).toMatch(/^"writes"; q=5; w=60; pk=:[\w+/=]+:$/)
  }
  const { version, length } = await app.queue()
  const refused = await app.postJson('/add', '{"text":"a"}', from(address)).expect(429)
  expect(refused.headers['content-type']).toMatch(/^application\/problem\+json\b/)
  expect(JSON.parse(refused.text)).toMatchObject({ type: 'about:blank', status: 429 })
  expect(refused.headers).toMatchObject({
    ratelimit: expect.stringMatching(/^"writes"; r=0; t=\d+$/),
    'retry-after': expect.stringMatching(/^([1-9]|[1-5]\d|60)$/),
    'cache-control': 'no-store',
  })
  expect(await app.queue()).toMatchObject({ version, length })
})

test('a refused form keeps what was typed, escaped, and says why', async () => {
  await useUpTheLimitOf(address)
  const page = await app
    .postForm('/add', `text=${encodeURIComponent('"><b>mine')}`, { ...from(address), ...HTML })
    .expect(429)
    .expect('retry-after', /^[1-9]\d*$/)
  expect(page.text).toContain('value="&#34;&gt;&lt;b&gt;mine"')
  expect(page.text).toMatch(/role="alert">You have changed the queue very often/)
})

test('malformed writes are counted too, with any error', async () => {
  const headers = from(address)
  await app.postJson('/add', '{"text":""}', headers).expect(422)
  await app.postJson('/add', '{', headers).expect(400)
  await app.postJson('/add', '"'.padEnd(17_000), headers).expect(413)
  await app.postBytes('/add', Buffer.from('a'), { ...headers, 'Content-Type': 'text/plain' }).expect(415)
  await app.postJson('/remove', '{', headers).expect(400)
  for (const body of ['{"text":"a"}', '{', '"'.padEnd(17_000)])
    await app.postJson('/add', body, headers).expect(429)
})

test('only writes are counted, and only writes are refused', async () => {
  const headers = from(address)
  for (let i = 0; i < 2 * LIMIT; i++) {
    await app.get('/', headers).expect(200)
    await app.request('PUT', '/add', headers).expect(405)
    await app.request('POST', '/nope', headers).expect(404)
  }
  await useUpTheLimitOf(address)
  const { headers: answer } = await app.get('/', headers).expect(200)
  expect(answer).not.toHaveProperty('ratelimit')
  await app.get('/healthz', headers).expect(200)
})

test('writes that another site sends through a visitor’s browser do not count for the visitor', async () => {
  const headers = { ...from(address), 'Sec-Fetch-Site': 'cross-site' }
  for (let i = 0; i < 2 * LIMIT; i++) await app.request('POST', '/remove', headers).expect(403)
  await isServed(address)
})

test('each address has a limit of its own', async () => {
  await useUpTheLimitOf(address)
  await isServed('192.0.2.1')
  await isServed('2001:db8::1')
})

test('a forged address does not escape the limit, and does not use up that of another client', async () => {
  for (let i = 0; i < LIMIT; i++) await isServed(`198.51.100.${i}, ${address}`)
  await isRefused(`198.51.100.9, ${address}`)
  await isRefused(address)
  await isServed('198.51.100.1')
  await isServed(`${address}, 198.51.100.1`)
})

test('an IPv6 network of 64 bits is one client; an IPv4 address is the same in each notation', async () => {
  await useUpTheLimitOf('2001:db8:1:2:3:4:5:6')
  await isRefused('2001:db8:1:2:ffff::1')
  await isServed('2001:db8:1:3::1')
  await useUpTheLimitOf(address)
  await isRefused(`::ffff:${address}`)
  await isServed('::ffff:192.0.2.2')
})

test.each([
  ['0', '198.51.100.1', '198.51.100.2'], // none is trusted: the connection's own address counts
  ['2', '198.51.100.1, 203.0.113.1, 192.0.2.1', '198.51.100.2, 203.0.113.1, 192.0.2.2'], // the second to last
])('with TRUST_PROXY=%s "%s" and "%s" are one client', async (hops, one, other) => {
  const own = await startTestApp({ ...app.environment, TRUST_PROXY: hops })
  for (let i = 0; i < LIMIT; i++) await own.request('POST', '/remove', from(one)).expect(200)
  await own.request('POST', '/remove', from(other)).expect(429)
  await own.close()
})

test('WRITE_LIMIT_PER_MINUTE=0 is no limit', async () => {
  const own = await startTestApp({ ...app.environment, WRITE_LIMIT_PER_MINUTE: '0' })
  for (let i = 0; i < 2 * LIMIT; i++) {
    const { headers } = await own.request('POST', '/remove', JSON_).expect(200)
    expect(headers).not.toHaveProperty('ratelimit')
  }
  await own.close()
})
