import { draw, roundTop } from '../../src/status/drawing.js'

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

test('shows one among thousands, and draws nothing for zero', () => {
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

test('columns stand side by side, the first at the left', () => {
  const bars = draw(Array(3).fill(column(50)), 100).columns.flatMap(({ bars }) => bars)
  let left = 0
  for (const { x, width } of bars) {
    expect(x).toBeGreaterThanOrEqual(left)
    left = x + width
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
