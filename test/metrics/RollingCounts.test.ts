import { jest } from '@jest/globals'
import { RollingCounts } from '../../src/metrics/RollingCounts.js'

const SLOT_MS = 10
let nowMs: number
let counts: RollingCounts<'hit' | 'miss'>

beforeEach(() => {
  nowMs = 100_005
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs)
  counts = new RollingCounts(['hit', 'miss'], 3, SLOT_MS)
})

afterEach(() => jest.restoreAllMocks())

const hits = () => counts.slots().map(({ hit }) => hit)

test('counts are zeros at first', () => {
  expect(counts.slots()).toEqual(Array(3).fill({ hit: 0, miss: 0 }))
})

test('a count goes to the slot of its time, the latest slot last', () => {
  counts.count('hit')
  nowMs += SLOT_MS
  counts.count('hit')
  counts.count('hit')
  counts.count('miss')
  expect(counts.slots()).toEqual([
    { hit: 0, miss: 0 },
    { hit: 1, miss: 0 },
    { hit: 2, miss: 1 },
  ])
})

test('a slot older than the ring is forgotten', () => {
  counts.count('hit')
  const seen = [hits()]
  for (let slot = 0; slot < 3; slot++) {
    nowMs += SLOT_MS
    seen.push(hits())
  }
  expect(seen).toEqual([
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
  ])
})

test('a slot that was last used a whole ring ago, or earlier, starts at zero', () => {
  counts.count('hit')
  nowMs += 3 * SLOT_MS
  counts.count('hit')
  expect(hits()).toEqual([0, 0, 1])
  nowMs += 300 * SLOT_MS
  expect(hits()).toEqual([0, 0, 0])
})

test('slots are copies and do not change any more', () => {
  const before = counts.slots()
  counts.count('hit')
  expect(before.at(-1)).toEqual({ hit: 0, miss: 0 })
})
