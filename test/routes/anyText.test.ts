import fc from 'fast-check'
import { runs } from '../support/sample.js'
import { app, useApp } from '../support/useApp.js'

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
}

useApp()

beforeEach(() => app.empty())

/** Decodes HTML: known entities only, and nothing that could begin a tag. */
function unescaped(html: string): string {
  return html.replace(/&[^;]*;?|[<>"']/g, (found) => {
    const character = ENTITIES[found]
    if (character === undefined) throw new Error(`${found} was not escaped in ${JSON.stringify(html)}`)
    return character
  })
}

function onlyItemIn(html: string): string {
  const items = [...html.matchAll(/<li id="item-\d+"[^>]*>([\s\S]*?)<\/li>/g)]
  expect(items).toHaveLength(1)
  return unescaped(items[0]?.[1] ?? '')
}

/**
 * Letters, signs and all else that a font may draw, except what Unicode calls ignorable and the empty Braille pattern.
 */
function isVisible(character: string): boolean {
  const isDrawn = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Co}\p{Cn}]/u.test(character)
  return isDrawn && !/[\p{Default_Ignorable_Code_Point}\u2800]/u.test(character)
}

/** The contract, written independently of the code. */
function isAcceptable(trimmed: string): boolean {
  const codePoints = Array.from(trimmed, (character) => character.codePointAt(0) ?? 0)
  const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code < 0xa0)
  const isHalf = (code: number) => code >= 0xd800 && code < 0xe000
  return (
    Array.from(trimmed).some(isVisible) &&
    codePoints.length <= 200 &&
    !codePoints.some((code) => isControl(code) || isHalf(code))
  )
}

const hostile = fc.constantFrom(
  ...['lt', '&amp;', '<!--', '</li>', "'", ...'<>&"\\/`%{}$;=#-'],
  ...[' ', '\t', '\n', '\0', '\u007f', '\u0085', '\u00a0', '\u2028', '\u202e', '\ufeff', '\uffff'],
  ...['\ud83d', '\udf55', '\u{1f355}', '\u{10ffff}', 'e\u0301'],
)
/** Without halves of surrogate pairs. To make fast-check's own `binary` takes a second of processor time. */
const codePoint = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: codePoint, maxLength: 80 }),
  fc.string({ unit: 'grapheme-composite', minLength: 190, maxLength: 210 }),
  fc.string({ unit: hostile, maxLength: 8 }),
)

test('an accepted text comes back trimmed and the same, in JSON, in a fragment and on the page; others get 422', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const kept = text.trim()
      const response = await app.postJson('/add', JSON.stringify({ text }))
      expect(response.status).toBe(isAcceptable(kept) ? 201 : 422)
      if (response.status === 422) return
      expect(response.body.item.text).toBe(kept)
      expect((await app.queue()).items.map((item) => item.text)).toEqual([kept])
      expect(onlyItemIn(await app.html())).toBe(kept)
      const fragment = await app.request('POST', '/remove', { 'HX-Request': 'true' }).expect(200)
      expect(unescaped(/Removed: <bdi>([\s\S]*?)<\/bdi>/.exec(fragment.text)?.[1] ?? '')).toBe(kept)
    }),
    { numRuns: runs(100) },
  )
})

test('a form adds the same text as JSON does', async () => {
  const wellFormed = texts.filter((text) => text.isWellFormed())
  await fc.assert(
    fc.asyncProperty(wellFormed, async (text) => {
      const response = await app.postForm('/add', `text=${encodeURIComponent(text)}`, {
        'HX-Request': 'true',
      })
      expect(response.status).toBe(isAcceptable(text.trim()) ? 200 : 422)
      if (response.status === 200) expect(onlyItemIn(response.text)).toBe(text.trim())
    }),
    { numRuns: runs(100) },
  )
})
