import fc from 'fast-check'
import { runs } from '../support/sample.js'
import { app, useApp } from '../support/useApp.js'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

useApp()

beforeEach(() => app.empty())

/** What is done with a body: added, and then the queue shows the answer's text, or refused, and then it shows nothing. */
async function addOrRefuse(bytes: Buffer, type: string): Promise<string | undefined> {
  const { status, body } = await app.postBytes('/add', bytes, { 'Content-Type': type })
  const { items } = await app.queue()
  if (status !== 201) {
    expect([400, 422]).toContain(status)
    expect(items).toEqual([])
    return undefined
  }
  expect(items).toEqual([body.item])
  await app.remove()
  return body.item.text
}

/** Fragments that bodies are made of, so that what is nearly right comes up too. */
const pieces = fc.constantFrom(
  ...['{', '}', '"text"', ':', '"a"', ',', '[', ']', '\\u', 'd83c', 'null', '__proto__', ' '],
  ...['text=', 'text', '=', '&', '%', '%41', '%c3', 'a', '+', '\0', '\u{1f355}'],
)
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
  fc.json().map((text) => Buffer.from(text)),
)

test.each([FORM, JSON_TYPE])('any bytes as %s are added, or refused with 400 or 422', async (type) => {
  await fc.assert(
    fc.asyncProperty(bodies, async (bytes) => {
      await addOrRefuse(bytes, type)
    }),
    { numRuns: runs(150) },
  )
})

test('of any JSON only a valid text is added, and no other field matters', async () => {
  const anyFields = fc.dictionary(fc.string(), fc.jsonValue()).filter((fields) => !('text' in fields))
  const good = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => /^\S+$/u.test(text))
  await fc.assert(
    fc.asyncProperty(anyFields, good, async (fields, text) => {
      expect(await addOrRefuse(Buffer.from(JSON.stringify(fields)), JSON_TYPE)).toBeUndefined()
      const body = Buffer.from(JSON.stringify({ ...fields, text }))
      expect(await addOrRefuse(body, JSON_TYPE)).toBe(text)
    }),
    { numRuns: runs(100) },
  )
})
