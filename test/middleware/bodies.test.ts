import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { app, useApp } from '../support/useApp.js'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const LIMIT_BYTES = 16 * 1024
const ITEM = '{"text":"a"}'
const COMPRESSIONS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

useApp()

beforeEach(() => app.empty())

test.each([
  [JSON_TYPE, 'utf-16le', Buffer.from(ITEM, 'utf16le')],
  [FORM, 'iso-8859-1', Buffer.from('text=é')],
  [FORM, '"big5"', Buffer.from('text=é')],
])('refuses %s in the charset %s, and adds nothing', async (type, charset, bytes) => {
  await app.postBytes('/add', bytes, { 'Content-Type': `${type}; charset=${charset}` }).expect(415)
  await app.postBytes('/remove', bytes, { 'Content-Type': `${type}; Charset=${charset}` }).expect(415)
  expect((await app.queue()).length).toBe(0)
})

test.each([
  ...['charset=utf-8', 'charset=UTF-8', 'charset="utf-8"', 'Charset = utf-8', 'q=1; charset=utf-8'],
  ...['charset=utf8', 'charset=UTF8'],
])('takes a body with %s', async (parameter) => {
  for (const [type, bytes] of [
    [JSON_TYPE, '{"text":"é"}'],
    [FORM, 'text=é'],
  ] as const) {
    const headers = { 'Content-Type': `${type}; ${parameter}`, Accept: JSON_TYPE }
    const { body } = await app.postBytes('/add', Buffer.from(bytes), headers).expect(201)
    expect(body.item.text).toBe('é')
  }
})

describe.each(COMPRESSIONS)('a body compressed with %s', (encoding, compress) => {
  const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': encoding }
  const padded = (bytes: number) => compress(ITEM.padEnd(bytes))

  test('is taken up to 16 KiB unpacked, and no byte more', async () => {
    await app.postBytes('/add', padded(LIMIT_BYTES), headers).expect(201)
    await app.postBytes('/add', padded(LIMIT_BYTES + 1), headers).expect(413)
  })

  test('is refused if it ends early, contains something else, or is empty', async () => {
    const whole = compress(ITEM)
    for (const bytes of [whole.subarray(0, -3), Buffer.from('something else'), Buffer.alloc(0)]) {
      await app.postBytes('/add', bytes, headers).expect(400)
    }
    expect((await app.queue()).length).toBe(0)
  })

  test('is limited unpacked on /remove too, even without a type', async () => {
    const bomb = compress(Buffer.alloc(1_000_000))
    await app.postBytes('/remove', bomb, { 'Content-Encoding': encoding }).unset('Content-Type').expect(413)
  })
})

test('takes a plain body up to 16 KiB, and no byte more', async () => {
  await app.postJson('/add', ITEM.padEnd(LIMIT_BYTES)).expect(201)
  await app.postJson('/add', ITEM.padEnd(LIMIT_BYTES + 1)).expect(413)
  await app.postForm('/add', 'text=a&'.padEnd(LIMIT_BYTES, 'x')).expect(303)
  await app.postForm('/add', 'text=a&'.padEnd(LIMIT_BYTES + 1, 'x')).expect(413)
  expect((await app.queue()).length).toBe(2)
})

test.each(['gzip, gzip', 'zstd-or-so', 'chunked'])('refuses the content encoding %s', async (encoding) => {
  const headers = { 'Content-Type': JSON_TYPE, 'Content-Encoding': encoding }
  await app.postBytes('/add', gzipSync(gzipSync(ITEM)), headers).expect(415)
})

describe('a JSON body', () => {
  test.each([
    ['another field with a `text` of its own', '{"other":{"text":"b"},"text":"a"}'],
    ['a value that reads like a second field', String.raw`{"text":"a","other":"\",\"text\":\"b"}`],
    ['a value that is the name of the field', '{"other":"text","text":"a"}'],
    ['`text` twice, the last one being it', String.raw`{"text":"b","te\u0078t":"a"}`],
    ['a `__proto__` besides', '{"__proto__":{"x":1},"text":"a"}'],
  ])('with %s is taken', async (_what, json) => {
    expect((await app.postJson('/add', json).expect(201)).body.item.text).toBe('a')
  })

  test.each([
    ...['"text": "a"', "{'text':'a'}", '{"text":"a"}x', '{"text":"a",}', '{"text":"a\nb"}'],
    '{"text":"a","text":"b"',
  ])('that is malformed (%j) is refused', (json) => app.postJson('/add', json).expect(400))
})

test('a type without a body has no text, and /remove does not need one', async () => {
  await app.postJson('/add', '').expect(422)
  await app.postJson('/remove', '').expect(200)
})

describe('a form', () => {
  test.each([
    ['text=a+b%2Bc', 'a b+c'],
    ['text=a=b;c', 'a=b;c'],
    ['text=a]=b', 'a]=b'],
    ['other=x&text=a&text[]=y', 'a'],
    ['text=caf\u00e9', 'caf\u00e9'],
    ['%74ext=a', 'a'],
  ])('"%s" adds "%s"', async (form, text) => {
    expect((await app.postForm('/add', form, { Accept: JSON_TYPE }).expect(201)).body.item.text).toBe(text)
  })
})

test('takes no text from the address', () =>
  app.postForm('/add?text=a', '', { Accept: JSON_TYPE }).expect(422))
