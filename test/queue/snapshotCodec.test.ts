import type { Snapshot } from '../../src/queue/Queue.js'
import { snapshotCodec } from '../../src/queue/snapshotCodec.js'

// Bodies that contradict their header: cache/unfamiliar.test.ts.
const FULL: Snapshot = {
  version: 7,
  origin: 'database/1',
  length: 3,
  items: [
    { id: 3, text: 'milk' },
    { id: 4, text: '🍕' },
  ],
  next: 4,
}
const EMPTY: Snapshot = { version: 1, origin: 'database/1', length: 0, items: [], next: null }
const codec = snapshotCodec(2)

test.each([FULL, EMPTY])('decoding gives back what was encoded', (snapshot) => {
  expect(codec.decode(codec.encode(snapshot), snapshot)).toEqual(snapshot)
})

test('each page size has a format of its own', () => {
  expect(snapshotCodec(3).format).not.toBe(codec.format)
})

test.each<[string, object]>([
  ['more items than a page has', { items: [...FULL.items, { id: 5, text: 'bread' }] }],
  ['a version that none has', { version: 0 }],
  ['an id that none has', { items: [{ id: 0, text: 'milk' }] }],
  ['an item without a text', { items: [{ id: 3 }] }],
  ['a negative length', { length: -1 }],
  ['a half length', { length: 1.5 }],
  ['no word of the next page', { next: undefined }],
  ['a next page behind nothing', { next: 0 }],
])('a body with %s is not ours', (_what, change) => {
  const value = { ...FULL, ...change }
  expect(codec.decode(Buffer.from(JSON.stringify(value)), value)).toBeUndefined()
})

test('what else stands in a body goes no further', () => {
  const [first, ...others] = FULL.items
  const forged = { ...FULL, items: [{ ...first, href: 'javascript:' }, ...others], firstPlace: '<script>' }
  expect(codec.decode(Buffer.from(JSON.stringify(forged)), FULL)).toStrictEqual(FULL)
})

test('a body that is not JSON is not ours', () => {
  expect(codec.decode(Buffer.from('{"version":7'), FULL)).toBeUndefined()
})
