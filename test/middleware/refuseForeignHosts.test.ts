import { answerTo } from '../support/answerOf.js'
import { NOWHERE } from '../support/database.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

/** A developer's machine: no `HOST` (empty is unset), not production. */
const ON_A_LAPTOP = { HOST: '' }

let app: ScriptedApp

beforeAll(async () => {
  app = await startScriptedApp({}, {}, ON_A_LAPTOP)
})

function answerFor(host: string | undefined, request = 'GET / HTTP/1.1'): Promise<string> {
  const named = host === undefined ? '' : `Host: ${host}\r\n`
  return answerTo(app.port, `${request}\r\n${named}Connection: close\r\n\r\n`)
}

async function statusFor(host: string | undefined, request?: string): Promise<string | undefined> {
  return /^HTTP\/1.1 (\d+)/.exec(await answerFor(host, request))?.[1]
}

test.each([
  ...['localhost', 'localhost:3000', 'LocalHost:3000', 'localhost.', 'queue.localhost:3000', 'a.b.localhost'],
  ...['127.0.0.1:3000', '127.0.0.2', '192.168.1.5:3000', '203.0.113.1', '[::1]:3000', '[2001:db8::1]'],
])('a laptop answers to %s', async (host) => {
  expect(await statusFor(host)).toBe('200')
})

test.each([
  ...['evil.example', 'evil.example:3000', 'localhost.evil.example', 'evillocalhost'],
  ...['localhost@evil.example', '127.0.0.1.evil.example', '127.0.0.1.nip.io:3000'],
  ...['localhost:3000.evil.example', '[::1].evil.example', 'x', ''],
])('a laptop does not answer to %j, a name that another site may point to it', async (host) => {
  for (const request of ['GET /', 'GET /status', 'GET /events', 'POST /remove'])
    expect(await statusFor(host, `${request} HTTP/1.1`)).toBe('403')
})

test('the answer says what to do, and a request without a `Host` passes', async () => {
  expect(await statusFor(undefined, 'GET / HTTP/1.0')).toBe('200')
  expect(await answerFor('my-laptop')).toContain(
    'Set HOST (for example HOST=0.0.0.0) to have it answer to any name.',
  )
})

test.each([
  ['if HOST is set', { HOST: '0.0.0.0' }],
  ['in production', { HOST: '', NODE_ENV: 'production', DATABASE_URL: NOWHERE }],
])('any name is accepted %s', async (_why, environment) => {
  app = await startScriptedApp({}, {}, environment)
  expect(await statusFor('queue.example')).toBe('200')
})
