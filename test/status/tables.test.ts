import type { MemcacheStats } from '../../src/metrics/memcacheStats.js'
import { latencyTable, minuteTable, serverCard } from '../../src/status/tables.js'

const NOTHING = { hit: 0, miss: 0, stale: 0, bypass: 0, write: 0 }
const UNKNOWN: MemcacheStats = {
  version: undefined,
  usedBytes: undefined,
  limitBytes: undefined,
  items: undefined,
  evictions: undefined,
  connections: undefined,
  uptimeSeconds: undefined,
}

test('sums up the slots of each minute, the latest minute first', () => {
  const slots = Array.from({ length: 18 }, () => ({ ...NOTHING }))
  const counts = { hit: 1, miss: 2, stale: 3, bypass: 4, write: 5 }
  for (const index of [0, 5, 12, 17]) slots[index] = counts
  expect(minuteTable({ slotSeconds: 10, slots }).rows).toEqual([
    ['this minute', '2', '4', '6', '8', '10'],
    ['1 min ago', '0', '0', '0', '0', '0'],
    ['2 min ago', '2', '4', '6', '8', '10'],
  ])
})

test('shows the buckets that have loads, from the cache or from Postgres', () => {
  const counts = (bucket: number) => Array.from({ length: 16 }, (_, index) => (index === bucket ? 1 : 0))
  expect(latencyTable({ boundsMs: [], hit: counts(2), other: counts(15) }).rows).toEqual([
    ['up to 0.5 ms', '1', '0'],
    ['more than 5 s', '0', '1'],
  ])
})

test('shows how much of a server’s memory is used', () => {
  const memory = (stats: Partial<MemcacheStats>) =>
    serverCard({ server: 'one', stats: { ...UNKNOWN, ...stats } }).memory
  const [usedBytes, limitBytes] = [16 * 1024 ** 2, 64 * 1024 ** 2]
  expect(memory({ usedBytes, limitBytes })).toEqual({ summary: '16 MB of 64 MB used, 25%', share: 0.25 })
  expect(memory({ usedBytes })).toEqual({ summary: 'Memory: 16 MB', share: 0 })
  expect(memory({ usedBytes, limitBytes: 0 })).toEqual({ summary: 'Memory: 16 MB', share: 0 })
  expect(memory({ limitBytes })).toEqual({ summary: 'Memory: not said', share: 0 })
})

test('shows what a server says of itself, and what it does not say', () => {
  const statistics = (stats: Partial<MemcacheStats>) =>
    serverCard({ server: 'one', stats: { ...UNKNOWN, ...stats } }).statistics?.map(({ value }) => value)
  expect(statistics({})).toEqual(Array(5).fill('not said'))
  const stats = { items: 0, evictions: 1234, connections: 5, uptimeSeconds: 60, version: '1.6.38' }
  expect(statistics(stats)).toEqual(['0', '1,234', '5', '1 min', '1.6.38'])
  expect(serverCard({ server: 'one', problem: 'lost' })).toEqual({ server: 'one', problem: 'lost' })
})
