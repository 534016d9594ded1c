import { bytes, counted, duration, milliseconds, share } from '../../src/status/format.js'

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3725, '1 h 2 min'],
  [3_600 * 24 * 40 + 5, '40 d'],
])('%f seconds are "%s"', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 kB'],
  [1536, '1.5 kB'],
  [10 * 1024, '10 kB'],
  [64 * 1024 ** 2, '64 MB'],
  [2 ** 60, '1048576 TB'],
])('%d bytes are "%s"', (count, text) => {
  expect(bytes(count)).toBe(text)
})

test.each([
  [0, 5, '0%'],
  [1, 2, '50%'],
  [99_999, 100_000, '99.9%'],
  [1, 100_000, 'less than 0.1%'],
  [1, 1000, '0.1%'],
  [7, 7, '100%'],
])('%d of %d is "%s": 100% only if all are in it, 0% only if none is', (part, whole, text) => {
  expect(share(part, whole)).toBe(text)
})

test('a count has its noun in the right number', () => {
  expect([0, 1, 1234].map((count) => counted(count, 'miss', 'misses'))).toEqual([
    '0 misses',
    '1 miss',
    '1,234 misses',
  ])
  expect([0.5, 1000].map(milliseconds)).toEqual(['0.5 ms', '1 s'])
})
