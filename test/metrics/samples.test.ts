import { Counter, Histogram, Registry } from 'prom-client'
import { bucketCounts, countOf } from '../../src/metrics/samples.js'

let histogram: Histogram
let counter: Counter

beforeEach(() => {
  const shared = { help: 'test', labelNames: ['result'], registers: [new Registry()] }
  histogram = new Histogram({ ...shared, name: 'load_seconds', buckets: [0.1, 1] })
  counter = new Counter({ ...shared, name: 'loads_total' })
})

test('each duration counts in one bucket: the first whose bound it does not exceed, or the last', async () => {
  for (const seconds of [0, 0.1, 0.11, 1.01]) histogram.observe({ result: 'hit' }, seconds)
  histogram.observe({ result: 'miss' }, 0.5)
  expect(await bucketCounts(histogram, { result: 'hit' })).toEqual([2, 1, 1])
  expect(await bucketCounts(histogram, { result: 'miss' })).toEqual([0, 1, 0])
})

test('what was counted under other labels is left out', async () => {
  for (const result of ['hit', 'hit', 'miss']) {
    histogram.observe({ result }, 0.5)
    counter.inc({ result })
  }
  expect(await countOf(histogram, { result: 'hit' })).toBe(2)
  expect(await countOf(counter, { result: 'hit' })).toBe(2)
  expect(await countOf(counter, { result: 'stale' })).toBe(0)
})
