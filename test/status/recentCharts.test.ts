import { recentLoads, recentWrites } from '../../src/status/recentCharts.js'
import type { Status } from '../../src/status/status.js'

type Recent = Status['recent']
type Slot = Recent['slots'][number]

const NOTHING: Slot = { hit: 0, miss: 0, stale: 0, bypass: 0, write: 0 }

/** The last 15 minutes, in which nothing was counted but in the latest slot and in those before it. */
function recent(...latest: Partial<Slot>[]): Recent {
  const empty = Array.from({ length: 90 - latest.length }, () => NOTHING)
  return { slotSeconds: 10, slots: [...empty, ...latest.map((slot) => ({ ...NOTHING, ...slot }))] }
}

test('all page loads count, and the share from the cache is that of the hits', () => {
  const { summary, legend } = recentLoads(recent({ hit: 4, miss: 1 }, { stale: 2, bypass: 3 }))
  expect(summary).toBe('10 page loads, 40% from the cache.')
  expect(legend.map(({ text }) => text)).toEqual([
    '4 hits',
    '1 miss',
    '2 refused as stale',
    '3 past the cache',
  ])
  expect(recentLoads(recent({ miss: 1 })).summary).toBe('1 page load, 0% from the cache.')
  expect(recentLoads(recent()).summary).toBe('No page was loaded.')
})

test('each column says how long ago it was, and what was counted then', () => {
  const counted = recent({ miss: 1, write: 1 }, { hit: 1, stale: 2, bypass: 3, write: 4 })
  const loads = recentLoads(counted).plot.columns.map(({ label }) => label)
  expect([loads[0], ...loads.slice(-2)]).toEqual([
    '15 min ago: 0 hits, 0 misses, 0 stale, 0 past the cache',
    '20 s ago: 0 hits, 1 miss, 0 stale, 0 past the cache',
    'now: 1 hit, 0 misses, 2 stale, 3 past the cache',
  ])
  const writes = recentWrites(counted).plot.columns.map(({ label }) => label)
  expect([writes[0], ...writes.slice(-2)]).toEqual([
    '15 min ago: 0 writes',
    '20 s ago: 1 write',
    'now: 4 writes',
  ])
  expect(recentWrites(counted).summary).toBe('5 writes.')
})

test.each([
  ['the highest column fits', 340, '50 a second', 68],
  ['a whole top is filled', 500, '50 a second', 100],
  ['one event a second is the least', 5, '1 a second', 50],
])('the plot ends at a round number of events a second: %s', (_case, events, top, height) => {
  const loads = recentLoads(recent({ hit: events }, { hit: 1 }))
  const writes = recentWrites(recent({ write: events }, { write: 1 }))
  for (const chart of [loads, writes]) {
    expect(chart.top).toBe(top)
    expect(chart.plot.columns.at(-2)?.bars).toMatchObject([{ height }])
  }
})

test('the parts of a column together are within the top', () => {
  const { top, plot } = recentLoads(recent({ hit: 200, miss: 100, stale: 100, bypass: 100 }))
  expect(top).toBe('50 a second')
  expect(plot.columns.at(-1)?.bars.map(({ height }) => height)).toEqual([40, 20, 20, 20])
})
