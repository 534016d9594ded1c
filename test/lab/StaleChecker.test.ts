import { StaleChecker } from '../../lab/check/StaleChecker.js'
import type { Add, Load } from '../prove/history.js'

function add(version: number, startedAtMs: number, endedAtMs: number): Add {
  const answer = { item: { id: version, text: 'tea' }, version, length: 1 }
  return { kind: 'add', text: 'tea', phase: 'calm', process: 'A', startedAtMs, endedAtMs, answer }
}

function load(version: number, startedAtMs: number): Load {
  const page = { version, length: 1, items: [], next: null }
  const answer = { page, current: true, cacheStatus: 'hit' }
  return {
    kind: 'load',
    after: 0,
    phase: 'calm',
    process: 'B',
    startedAtMs,
    endedAtMs: startedAtMs + 1,
    answer,
  }
}

test('a load that began before the write was answered is not stale', () => {
  const checker = new StaleChecker()
  for (const entry of [add(8, 10, 20), load(7, 15)]) checker.note(entry)
  expect(checker.check()).toEqual([])
})

test('a stale page is found once, and is as old as the first answered write that it does not show', () => {
  const checker = new StaleChecker()
  const stale = load(7, 50)
  const newest = add(9, 25, 40)
  for (const entry of [add(7, 1, 2), add(8, 10, 20), newest, stale]) checker.note(entry)
  expect(checker.check()).toEqual([{ load: stale, write: newest, ageMs: 30 }])
  expect(checker.check()).toEqual([])
})

test('a write of an earlier check still counts for a later load', () => {
  const checker = new StaleChecker()
  checker.note(add(8, 10, 20))
  checker.check()
  checker.note(load(7, 100))
  expect(checker.check()).toMatchObject([{ ageMs: 80 }])
})

test('a page that says it may be out of date is not stale', () => {
  const checker = new StaleChecker()
  const shown = load(7, 50)
  const answer = shown.answer && { ...shown.answer, current: false }
  checker.note(add(8, 10, 20))
  checker.note({ ...shown, ...(answer && { answer }) })
  expect(checker.check()).toEqual([])
})
