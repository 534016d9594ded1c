import { BOUNDS_MS, bucketInWords, bucketOf, latencyChart } from '../../src/status/latencyChart.js'

/** Counts by bucket, zero but for these. */
function countsOf(counts: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: BOUNDS_MS.length + 1 }, (_, bucket) => counts[bucket] ?? 0)
}

test.each([
  ['half of them', 0.5, { 2: 2, 5: 1 }, 2],
  ['99% of them', 0.99, { 2: 99, 5: 1 }, 2],
  ['all of them', 1, { 2: 99, 5: 1 }, 5],
  ['one longer than all bounds', 1, { 15: 1 }, 15],
])('finds the bucket of %s', (_, quantile, counts, bucket) => {
  expect(bucketOf(quantile, countsOf(counts))).toBe(bucket)
})

test('a bucket is named by its bound', () => {
  expect([0, 3, 14, 15].map(bucketInWords)).toEqual([
    'up to 0.1 ms',
    'up to 1 ms',
    'up to 5 s',
    'more than 5 s',
  ])
})

test('a chart says how many loads there were and how long half of them and 99% took', () => {
  const { summary, plot } = latencyChart('From the cache', 'hit', countsOf({ 2: 99, 15: 1 }))
  expect(summary).toBe('100 loads, half of them up to 0.5 ms, 99% up to 0.5 ms.')
  expect(plot.columns).toHaveLength(BOUNDS_MS.length + 1)
  expect(latencyChart('From the cache', 'hit', countsOf({})).summary).toBe('None so far.')
})

test.each([
  ['many in one bucket', { 2: 30, 5: 70 }, '100%', [30, 70]],
  ['a fifth in each of five', { 1: 9, 2: 9, 3: 9, 4: 9, 5: 9 }, '20%', [100, 100, 100, 100, 100]],
])('a chart shows what share of the loads each bucket has: %s', (_case, counts, top, heights) => {
  const chart = latencyChart('From the cache', 'hit', countsOf(counts))
  expect(chart.top).toBe(top)
  const drawn = Object.keys(counts).map((bucket) => chart.plot.columns[Number(bucket)]?.bars)
  expect(drawn).toMatchObject(heights.map((height) => [{ kind: 'hit', height }]))
})
