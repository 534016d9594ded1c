import { jest } from '@jest/globals'
import { WindowCounts } from '../../src/limits/WindowCounts.js'

afterEach(() => jest.restoreAllMocks())

test('a window begins with the first event of an address, and ends for that address alone', () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0)
  const counts = new WindowCounts(1_000)
  counts.add('one')
  clock.mockReturnValue(600)
  for (const address of ['one', 'two']) counts.add(address)
  expect(counts.of('one')).toEqual({ count: 2, leftMs: 400 })
  clock.mockReturnValue(1_000)
  expect([counts.of('one'), counts.of('two')]).toEqual([
    { count: 0, leftMs: 0 },
    { count: 1, leftMs: 600 },
  ])
})

test('it remembers 10,000 addresses, and forgets the one that came first', () => {
  const counts = new WindowCounts(60_000)
  for (let address = 0; address <= 10_000; address++) counts.add(`${address}`)
  counts.add('1')
  expect([counts.of('0').count, counts.of('1').count]).toEqual([0, 2])
})
