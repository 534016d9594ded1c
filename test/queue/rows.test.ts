import { DatabaseUnavailable } from '../../src/db/errors.js'
import { readLastPage, readPage, readVersion, readWrites } from '../../src/queue/rows.js'

const PAGE = { version: '7', length: 1, items: [{ id: 3, text: 'milk' }], origin: 'database/1' }
const ANSWER = { asked_text: '5', item_id: 3, item_text: '5', version: 7, length: 1 }
const WRITES = { ...PAGE, after: 0, removed_through: 2, answers: [ANSWER] }

test.each(['7', 7, 7n])('a bigint is a number, however the driver returns it (%p)', (version) => {
  expect(readVersion({ version, origin: 'database/1' })).toEqual({ version: 7, origin: 'database/1' })
})

test('a text of digits stays a text', () => {
  const { answers } = readWrites({ answer: WRITES })
  expect(answers).toEqual([{ askedText: '5', item: { id: 3, text: '5' }, version: 7, length: 1 }])
})

test('an empty queue has no last page', () => {
  expect(readLastPage({ id: null })).toBeNull()
})

test.each<[string, object]>([
  ['version', { version: undefined }],
  ['version', { version: '9007199254740993' }],
  ['length', { length: -1 }],
  ['items', { items: [{ id: 3 }] }],
  ['items', { items: null }],
  ['origin', { origin: 1 }],
])('a page without a usable %s is refused (%j)', (name, change) => {
  expect(() => readPage({ ...PAGE, ...change })).toThrow(`Postgres returned no usable "${name}"`)
})

test.each<[string, object]>([
  ['answer', {}],
  ['answers', { answer: { ...WRITES, answers: [null] } }],
  ['item_id', { answer: { ...WRITES, answers: [{ ...ANSWER, item_id: 'x' }] } }],
  ['item_id', { answer: { ...WRITES, answers: [{ ...ANSWER, item_id: 0 }] } }],
])('writes without a usable %s are refused', (name, row) => {
  expect(() => readWrites(row as Record<string, unknown>)).toThrow(`no usable "${name}"`)
})

test('a queue without its row is an outage, as in the middle of a restore', () => {
  expect(() => readPage({ ...PAGE, version: null })).toThrow(DatabaseUnavailable)
})

test('a version check that finds no row is an outage, as under row-level security', () => {
  expect(() => readVersion(undefined)).toThrow(DatabaseUnavailable)
})
