import { draw, roundTop } from '../../src/status/plot.js'
import { bytes, counted, duration, milliseconds, share } from '../../src/status/words.js'

describe('a plot', () => {
  const column = (...values: number[]) => ({
    label: values.join(),
    parts: values.map((value, index) => ({ kind: `kind-${index}`, value })),
  })

  test('stacks the parts of a column from the bottom up, each as high as its value', () => {
    const { height, columns } = draw([column(50, 25)], 100)
    const [low, high] = columns[0]?.bars ?? []
    expect(low).toMatchObject({ kind: 'kind-0', y: height - 50, height: 50 })
    expect(high).toMatchObject({ kind: 'kind-1', y: height - 75, height: 25 })
  })

  test('shows one among thousands, and draws nothing for nothing', () => {
    const [bars] = draw([column(9999, 1, 0)], 10_000).columns.map(({ bars }) => bars)
    expect(bars?.map(({ kind }) => kind)).toEqual(['kind-0', 'kind-1'])
    expect(bars?.[1]?.height).toBeGreaterThanOrEqual(1)
  })

  test('has room for everything that it draws', () => {
    const { width, height, columns } = draw(Array(90).fill(column(99.97, 0.01, 0.01, 0.01)), 100)
    const bars = columns.flatMap(({ bars }) => bars)
    expect(bars).toHaveLength(90 * 4)
    for (const bar of bars) {
      expect(bar.x).toBeGreaterThanOrEqual(0)
      expect(bar.x + bar.width).toBeLessThanOrEqual(width)
      expect(bar.y).toBeGreaterThanOrEqual(0)
      expect(bar.y + bar.height).toBeLessThanOrEqual(height)
    }
  })

  test.each([
    [1, 1],
    [1.1, 2],
    [3, 5],
    [5.01, 10],
    [72, 100],
    [0.13, 0.2],
  ])('ends above %f at %f', (value, top) => {
    expect(roundTop(value)).toBeCloseTo(top)
  })
})

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
  [1536, '1.5 kB'],
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
  [7, 7, '100%'],
])('%d of %d is "%s": never all where one is missing, never none where there is one', (part, whole, text) => {
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
