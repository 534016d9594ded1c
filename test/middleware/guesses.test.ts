import { jest } from '@jest/globals'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

const PASSWORD = 'right'

let app: ScriptedApp

beforeEach(async () => {
  app = await startScriptedApp({}, {}, { OPERATOR_PASSWORD: PASSWORD, TRUST_PROXY: '1' })
})

afterEach(() => {
  jest.restoreAllMocks()
})

function ask(password: string | undefined, from = '203.0.113.1'): Promise<Response> {
  const credentials = Buffer.from(`operator:${password}`).toString('base64')
  const given = password === undefined ? {} : { Authorization: `Basic ${credentials}` }
  const headers = { Accept: 'application/json', 'X-Forwarded-For': from, ...given }
  return fetch(`${app.url}/metrics`, { headers })
}

async function statusOf(password: string | undefined, from?: string): Promise<number> {
  return (await ask(password, from)).status
}

test('only ten wrong passwords a minute from one address are checked, even if all come at once', async () => {
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, i) => statusOf(`wrong ${i}`)))
  expect(statuses.filter((status) => status === 401)).toHaveLength(10)
  expect(statuses.filter((status) => status === 429)).toHaveLength(30)
})

test('the answer says how long to wait; after that the right password opens again', async () => {
  for (let i = 0; i < 10; i++) expect(await statusOf('wrong')).toBe(401)
  const refused = await ask(PASSWORD)
  expect(refused.status).toBe(429)
  const seconds = Number(refused.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(await refused.text()).toContain(`Try again in ${seconds} second`)
  const nowMs = performance.now()
  jest.spyOn(performance, 'now').mockReturnValue(nowMs + seconds * 1000)
  expect(await statusOf(PASSWORD)).toBe(200)
})

test('wrong passwords from one address lock out no other address', async () => {
  for (let i = 0; i < 20; i++) await ask('wrong', '203.0.113.1:4711')
  expect(await statusOf(PASSWORD, '203.0.113.1:4712')).toBe(429)
  expect(await statusOf(PASSWORD, '203.0.113.2')).toBe(200)
  // The client wrote what stands before the proxy's entry.
  expect(await statusOf(PASSWORD, '203.0.113.1, 203.0.113.3')).toBe(200)
})

test('the right password, and a visit without one, are not counted', async () => {
  for (let i = 0; i < 30; i++) expect(await statusOf(PASSWORD)).toBe(200)
  for (let i = 0; i < 30; i++) expect(await statusOf(undefined)).toBe(401)
  expect(await statusOf(PASSWORD)).toBe(200)
})
