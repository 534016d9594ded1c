import type { Options } from 'express-rate-limit'
import { RateLimitStore } from '../../src/limits/RateLimitStore.js'
import { memcached, network } from '../cache/memcachedAndNetwork.js'
import { startStore } from '../cache/memcacheStore.js'
import type { Fault } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'

const ADDRESS = '203.0.113.1'
const PREFIX = 'writes:database/1:'
const KEY = `${PREFIX}${ADDRESS}`
const MINUTE_MS = 60_000

let one: RateLimitStore
let two: RateLimitStore

// Two processes, the first of which has a network of its own.
beforeEach(async () => {
  one = await startCounts(network.port)
  two = await startCounts(memcached.port)
})

async function startCounts(
  port: number,
  { windowMs = MINUTE_MS, prefix = async (): Promise<string | undefined> => PREFIX } = {},
): Promise<RateLimitStore> {
  const { store } = await startStore([port])
  const counts = new RateLimitStore({ counters: store, prefix })
  counts.init({ windowMs } as Options)
  return counts
}

/** The counts of a process without memcache. */
function startAlone(windowMs = MINUTE_MS): RateLimitStore {
  const alone = new RateLimitStore(undefined)
  alone.init({ windowMs } as Options)
  return alone
}

async function hits(counts: RateLimitStore, address = ADDRESS): Promise<number> {
  return (await counts.increment(address)).totalHits
}

/** Counts up to ten, with either process in turn. */
async function countToTen(): Promise<void> {
  for (let count = 1; count <= 10; count++) expect(await hits(count % 2 ? one : two)).toBe(count)
}

test('all processes count together, each address by itself, and agree when the window ends', async () => {
  await countToTen()
  expect(await hits(two, '203.0.113.2')).toBe(1)
  const ends = [await one.increment(ADDRESS), await two.increment(ADDRESS)].map(({ resetTime }) => resetTime)
  expect(ends[0]).toEqual(ends[1])
  const seconds = ((ends[0]?.getTime() ?? 0) - Date.now()) / 1000
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(60)
})

const FAULTS: Fault[] = [
  { kind: 'refuse' },
  { kind: 'reset' },
  { kind: 'swallow' },
  { kind: 'cutAfter', responseBytes: 10 },
  { kind: 'delay', responseMs: 2_000 },
]

test.each(FAULTS)('if memcache fails ($kind) the process uses its own count', async (fault) => {
  await countToTen()
  await network.setFault(fault)
  expect([await hits(one), await hits(one), await hits(one)]).toEqual([6, 7, 8])
  expect(await hits(one, '203.0.113.2')).toBe(1) // other addresses are not affected
})

test('once memcache is back, all count together again', async () => {
  await countToTen()
  await network.setFault({ kind: 'refuse' })
  expect(await hits(one)).toBe(6)
  await network.heal()
  await until('it counts with the others', async () => (await hits(one)) > 10)
})

test('a flush of memcache does not reset what a process has counted itself', async () => {
  await countToTen()
  await memcached.command('flush_all')
  expect([await hits(one), await hits(two), await hits(two)]).toEqual([6, 6, 7])
})

test.each([
  ['something else', () => 'hello'],
  ['nothing that was ever begun', () => '5'],
  ['a count that should have ended', () => String(countBegun(-61, 900))],
  ['a count from the future', () => String(countBegun(+70, 900))],
])('%s under its name in memcache is ignored', async (_what, valueNow) => {
  const value = valueNow()
  await memcached.command(`set ${KEY} 0 0 ${value.length}\r\n${value}`)
  expect([await hits(one), await hits(one), await hits(two)]).toEqual([1, 2, 1])
})

test('a count that another process began is continued', async () => {
  const value = String(countBegun(-30, 900))
  await memcached.command(`set ${KEY} 0 0 ${value.length}\r\n${value}`)
  const { totalHits, resetTime } = await one.increment(ADDRESS)
  expect(totalHits).toBe(901)
  expect(((resetTime?.getTime() ?? 0) - Date.now()) / 1000).toBeLessThanOrEqual(30)
})

function countBegun(secondsFromNow: number, count: number): number {
  return (Math.floor(Date.now() / 1000) + secondsFromNow) * 1_000_000 + count
}

test('counting starts again when the window is over', async () => {
  const short = await startCounts(memcached.port, { windowMs: 1000 })
  for (let count = 1; count <= 5; count++) expect(await hits(short)).toBe(count)
  const { resetTime } = await short.increment(ADDRESS)
  await until('the time is over, for memcached too', async () => {
    const isOver = Date.now() > (resetTime?.getTime() ?? 0) + 1000
    return isOver && !(await memcached.command(`get ${KEY}`)).includes('VALUE')
  })
  expect(await hits(short)).toBe(1)
})

test('requests in the same tick get different counts, in one process and in all', async () => {
  const alone = startAlone()
  const numbers = Array.from({ length: 32 }, (_, index) => index + 1)
  expect(await Promise.all(numbers.map(() => hits(alone)))).toEqual(numbers)
  const together = await Promise.all(numbers.map((number) => hits(number % 2 ? one : two)))
  expect(together.toSorted((a, b) => a - b)).toEqual(numbers)
})

test('a process that does not know its database counts alone, and not for another app', async () => {
  const early = await startCounts(memcached.port, { prefix: async () => undefined })
  expect([await hits(early), await hits(early), await hits(one)]).toEqual([1, 2, 1])
})

test('a count that was returned does not change afterwards', async () => {
  const alone = startAlone()
  const first = await alone.increment(ADDRESS)
  await alone.increment(ADDRESS)
  expect(first.totalHits).toBe(1)
})

test('alone, it starts again when the window is over, and not before', async () => {
  const short = startAlone(300)
  const { resetTime } = await short.increment(ADDRESS)
  expect((await short.increment(ADDRESS)).totalHits).toBe(2)
  await until('the time is over', () => Date.now() > (resetTime?.getTime() ?? 0) + 2)
  expect([await hits(short), await hits(short)]).toEqual([1, 2])
})
