import { type Question, Statement } from '../../../src/db/postgres/Statement.js'

const PAGE: Question = { sql: 'select $1::int', values: [1], lane: 'page', deadlineMs: 400 }

test.each<[string, Partial<Question>, boolean]>([
  ['the same, asked again', { values: [1] }, true],
  ['the same with another deadline', { deadlineMs: 100 }, true],
  ['another statement', { sql: 'select $1::text' }, false],
  ['other values', { values: [2] }, false],
  ['another lane', { lane: 'bulk' }, false],
])('an answer is shared with %s: %s', (_what, other, isShared) => {
  expect(new Statement(PAGE).alsoAnswers({ ...PAGE, ...other })).toBe(isShared)
})

test('the answer to a write is never shared', () => {
  const write: Question = { ...PAGE, lane: 'write' }
  expect(new Statement(write).alsoAnswers(write)).toBe(false)
})

test('values may depend on the time that is left, which is never more than the deadline', () => {
  const leftMs: number[] = []
  const values = (left: number) => {
    leftMs.push(left)
    return ['a']
  }
  const statement = new Statement({ ...PAGE, lane: 'write', values })
  expect(statement.valuesNow).toEqual(['a'])
  expect(statement.valuesNow).toEqual(['a'])
  const [first = 0, second = 0] = leftMs
  expect(first).toBeLessThanOrEqual(400)
  expect(first).toBeGreaterThan(0) // a busy machine has 400 ms for it
  expect(second).toBeLessThanOrEqual(first)
  expect(new Statement(PAGE).valuesNow).toEqual([1])
})

test('an answer may fail when no caller waits for it any more', async () => {
  const statement = new Statement(PAGE)
  statement.reject(new Error('lost'))
  await new Promise(setImmediate) // an unhandled rejection would end the process here
  await expect(statement.answer).rejects.toThrow('lost')
})
