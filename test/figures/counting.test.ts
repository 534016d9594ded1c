import { addUp, BOUNDS_MS, boundOf, Histogram } from '../../src/figures/Histogram.js'
import { RollingCounts } from '../../src/figures/RollingCounts.js'

function histogramOf(...durationsMs: number[]): Histogram {
  const histogram = new Histogram()
  for (const durationMs of durationsMs) histogram.record(durationMs)
  return histogram
}

describe('a histogram', () => {
  test('counts a duration in the first class whose bound it does not exceed', () => {
    const { counts, count, sumMs } = histogramOf(0, 0.1, 0.11, 5000, 5001)
    expect(counts).toEqual([2, 1, ...Array(BOUNDS_MS.length - 3).fill(0), 1, 1])
    expect(count).toBe(5)
    expect(sumMs).toBeCloseTo(10_001.21)
  })

  test('is added up class by class', () => {
    expect(addUp([histogramOf(0.1, 1), histogramOf(0.1, 9999)])).toEqual(
      histogramOf(0.1, 0.1, 1, 9999).counts,
    )
  })

  test.each([
    ['half of them', 0.5, [0.4, 0.4, 3], 0.5],
    ['99% of them', 0.99, [...Array(99).fill(0.4), 3], 0.5],
    ['all of them', 1, [...Array(99).fill(0.4), 3], 5],
    ['what is above all classes', 1, [6000], Number.POSITIVE_INFINITY],
    ['nothing', 0.5, [], undefined],
  ])('tells the bound of %s', (_, share, durationsMs, bound) => {
    expect(boundOf(share, histogramOf(...durationsMs).counts)).toBe(bound)
  })
})

describe('rolling counts', () => {
  const SLOT_MS = 10
  let nowMs: number
  let counts: RollingCounts<'hit' | 'miss'>

  beforeEach(() => {
    nowMs = 100_005
    counts = new RollingCounts({ names: ['hit', 'miss'], slots: 3, slotMs: SLOT_MS, now: () => nowMs })
  })

  const hits = () => counts.slots().map(({ hit }) => hit)

  test('are zeros before anything was counted', () => {
    expect(counts.slots()).toEqual(Array(3).fill({ hit: 0, miss: 0 }))
  })

  test('put what happens into the slot of its time, the latest last', () => {
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

  test('forget what is older than the ring', () => {
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

  test('start anew in a slot that was used a whole ring ago, and long ago', () => {
    counts.count('hit')
    nowMs += 3 * SLOT_MS
    counts.count('hit')
    expect(hits()).toEqual([0, 0, 1])
    nowMs += 300 * SLOT_MS
    expect(hits()).toEqual([0, 0, 0])
  })

  test('give copies: what was taken does not change', () => {
    const before = counts.slots()
    counts.count('hit')
    expect(before.at(-1)).toEqual({ hit: 0, miss: 0 })
  })
})
