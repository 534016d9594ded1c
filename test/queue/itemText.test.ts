import { InvalidItemText, parseItemText } from '../../src/queue/itemText.js'

test.each([
  ['nothing', ''],
  ['white space', ' \t\u00a0\u3000\u2028'],
  ['spaces without width', '\u200b\u200b'],
  ['joiners and directions', '\u200d\u2060\u200e\u202e\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['fillers of Hangul', '\u3164\u115f\uffa0'],
  ['an empty Braille pattern', '\u2800'],
  ['variation selectors and tags', '\ufe0f\u{e0041}\u{e0100}'],
])('%s shows nothing, and is refused', (_what, text) => {
  expect(() => parseItemText(text)).toThrow(InvalidItemText)
})

test.each([
  ['an emoji of several characters', '👩‍👩‍👧'],
  ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ['text in a direction of its own', '\u200fשלום'],
  ['a letter among what shows nothing', '\u200ba\u200b'],
  ['a combining mark', '\u0301'],
])('%s shows something and is taken as it is', (_what, text) => {
  expect(parseItemText(text)).toBe(text)
})

test('white space around the text is taken off', () => {
  expect(parseItemText(' \u3000two words\n\t')).toBe('two words')
})

test('200 characters are taken, even if they have many bytes, and 201 are refused', () => {
  const longest = '🍕'.repeat(200)
  expect(parseItemText(longest)).toBe(longest)
  expect(() => parseItemText(`${longest}a`)).toThrow('Use at most 200 characters; these are 201.')
})

test.each([
  ['a line break', 'a\nb'],
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud83c'],
])('%s is refused: Postgres can’t keep it, or it is not one line', (_what, text) => {
  expect(() => parseItemText(text)).toThrow(InvalidItemText)
})

test.each([undefined, 7, null, ['a']])('%p is not a text, and is refused', (text) => {
  expect(() => parseItemText(text)).toThrow(InvalidItemText)
})
