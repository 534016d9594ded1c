import { createHash } from 'node:crypto'
import { IdempotencyKeyReused } from '../../src/queue/Queue.js'
import { answerTo } from '../support/answerOf.js'
import { EMPTY, type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

const JSON_ = { Accept: 'application/json' }
const JSON_BODY = { ...JSON_, 'Content-Type': 'application/json' }
const FORM_BODY = { ...JSON_, 'Content-Type': 'application/x-www-form-urlencoded' }
const TEXT = '{"text":"a"}'

let app: ScriptedApp
let keys: (string | undefined)[]

beforeEach(async () => {
  keys = []
  app = await startScriptedApp({
    write(_write, key) {
      keys.push(key)
      if (key === 'used') return Promise.reject(new IdempotencyKeyReused())
      return Promise.resolve({ item: { id: 1, text: 'a' }, version: 2, length: 1, front: EMPTY.snapshot })
    },
  })
})

async function post(path: string, headers: Record<string, string>, body?: string): Promise<number> {
  const init = { method: 'POST', headers, ...(body !== undefined && { body }) }
  const response = await fetch(`${app.url}${path}`, init)
  await response.text()
  return response.status
}

test.each(['a', '8e03978e-40d5-43dd-bc93-6894a57f9324', '"8e03978e"', 'a b', '~!', 'x'.repeat(255)])(
  'the key %j reaches the queue, from the header and from a form',
  async (key) => {
    expect(await post('/add', { ...JSON_BODY, 'Idempotency-Key': key }, TEXT)).toBe(201)
    expect(await post('/add', FORM_BODY, String(new URLSearchParams({ text: 'a', key })))).toBe(201)
    expect(await post('/remove', { ...JSON_, 'Idempotency-Key': key })).toBe(200)
    expect(await post('/remove', FORM_BODY, String(new URLSearchParams({ key })))).toBe(200)
    expect(keys).toEqual([key, key, key, key])
  },
)

test('a write has no key if the client gave none, not even from the page’s form without its script', async () => {
  expect(await post('/add', JSON_BODY, TEXT)).toBe(201)
  expect(await post('/add', FORM_BODY, 'text=a&key=')).toBe(201)
  expect(await post('/remove', JSON_)).toBe(200)
  expect(await post('/remove', FORM_BODY, 'key=')).toBe(200)
  expect(keys).toEqual([undefined, undefined, undefined, undefined])
})

test('the form of a page has a key that the release before makes of it too, so it writes once while one rolls out', async () => {
  const headers = { ...FORM_BODY, Cookie: 'visitor=me' }
  expect(await post('/add', headers, 'version=7&text=a')).toBe(201)
  expect(await post('/remove', headers, 'version=7')).toBe(200)
  const made = ['["me","7","/add","a"]', '["me","7","/remove",null]']
  expect(keys).toEqual(made.map((asked) => createHash('sha256').update(asked).digest('hex')))
})

test('JSON has no field for it; if a form sends both, the header counts', async () => {
  expect(await post('/add', JSON_BODY, '{"text":"a","key":"k"}')).toBe(201)
  expect(await post('/add', { ...FORM_BODY, 'Idempotency-Key': 'header' }, 'text=a&key=field')).toBe(201)
  expect(keys).toEqual([undefined, 'header'])
})

test.each(['', 'x'.repeat(256), 'caf\u00e9', 'a\tb', '\u00ff'])('the header %j is a 400', async (key) => {
  expect(await post('/add', { ...JSON_BODY, 'Idempotency-Key': key }, TEXT)).toBe(400)
  expect(await post('/remove', { ...JSON_, 'Idempotency-Key': key })).toBe(400)
  expect(keys).toEqual([])
})

test.each(['x'.repeat(256), 'café', 'a\nb', '\u{1f355}', '\0'])('the field %j is a 400', async (key) => {
  expect(await post('/add', FORM_BODY, String(new URLSearchParams({ text: 'a', key })))).toBe(400)
  expect(keys).toEqual([])
})

test('two keys are a 400, even if they are equal', async () => {
  const head = 'POST /remove HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
  const answer = await answerTo(app.port, `${head}Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(await post('/add', FORM_BODY, 'text=a&key=b&key=b')).toBe(400)
  expect(keys).toEqual([])
})

test('a key that was used for another write is a 422 that says so, and a form keeps its text', async () => {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' }
  const response = await fetch(`${app.url}/add`, { method: 'POST', headers, body: 'text=mine&key=used' })
  expect(response.status).toBe(422)
  const html = await response.text()
  expect(html).toMatch(/key was used for another request/)
  expect(html).toContain('value="mine"')
})
