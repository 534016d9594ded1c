import { formatNumber } from '../../src/pages/formatNumber.js'

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [12_345.67, '12,345.67'],
  [1_234_567, '1,234,567'],
])('%d is written %s', (value, written) => {
  expect(formatNumber(value)).toBe(written)
})
