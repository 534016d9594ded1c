import type { ReadLane } from '../../../src/db/Database.js'
import { nextStatement } from '../../../src/db/postgres/lanes.js'

/** The lane that goes next, when these wait, those run, and the pool has so many connections. */
function next(waiting: ReadLane[], running: ReadLane[], connections: number): ReadLane | undefined {
  const statements = (lanes: ReadLane[]) => lanes.map((lane) => ({ lane }))
  return waiting[nextStatement(statements(waiting), statements(running), connections)]
}

test('a version check goes before a page load, and a page load before all others', () => {
  expect(next(['bulk', 'page', 'check'], [], 1)).toBe('check')
  expect(next(['bulk', 'page'], [], 1)).toBe('page')
  expect(next(['bulk'], [], 1)).toBe('bulk')
})

test('of three connections one is left to version checks and one to page loads', () => {
  expect(next(['bulk'], ['bulk'], 3)).toBeUndefined()
  expect(next(['bulk', 'page'], ['bulk'], 3)).toBe('page')
  expect(next(['bulk', 'page'], ['bulk', 'page'], 3)).toBeUndefined()
  expect(next(['bulk', 'page', 'check'], ['bulk', 'page'], 3)).toBe('check')
})

test('of two connections one is left to version checks', () => {
  expect(next(['bulk', 'page'], ['bulk'], 2)).toBeUndefined()
  expect(next(['bulk', 'page', 'check'], ['page'], 2)).toBe('check')
})

test('statements of one lane go in the order in which they came', () => {
  const waiting = [{ lane: 'page' }, { lane: 'bulk' }, { lane: 'page' }] as const
  expect(nextStatement(waiting, [], 3)).toBe(0)
})

test('later pages count the page loads too: one connection is always left to version checks', () => {
  expect(next(['bulk'], ['page', 'page'], 3)).toBeUndefined()
  expect(next(['bulk'], ['page'], 3)).toBe('bulk')
  expect(next(['bulk'], ['page', 'page', 'bulk'], 4)).toBeUndefined()
})

test('writes may use all connections of their pool', () => {
  expect(nextStatement([{ lane: 'write' }], [{ lane: 'write' }], 2)).toBe(0)
})
