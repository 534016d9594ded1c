import { jest } from '@jest/globals'
import { Lease } from '../../src/cache/Lease.js'
import { VersionError, type Versions } from '../../src/cache/Source.js'
import { type CheckedKey, VersionChecks } from '../../src/cache/VersionChecks.js'
import { Down, ORIGIN } from './processes.js'

const LEASE_MS = 200
const MAX_KEYS = 1000

interface Key extends CheckedKey {
  readonly lease: Lease
}

/** The keys of each query, in their order. */
let queries: string[][]
let underWay: number
let mostAtOnce: number
let answerTakesMs: number
let isAway: boolean
let isBroken: boolean
let checks: VersionChecks
let key: Key
let leaseMs: number

beforeEach(() => {
  jest.useFakeTimers()
  answerTakesMs = 1
  isAway = isBroken = false
  start(LEASE_MS)
})

afterEach(() => {
  checks.stop()
  jest.useRealTimers()
})

function start(ms: number): void {
  leaseMs = ms
  queries = []
  underWay = mostAtOnce = 0
  key = newKey('one')
  checks = new VersionChecks(leaseMs, MAX_KEYS, { versions, isUnavailable: (error) => error instanceof Down })
}

async function versions(keys: readonly string[]): Promise<Versions> {
  queries.push([...keys])
  mostAtOnce = Math.max(mostAtOnce, ++underWay)
  await new Promise((resolve) => setTimeout(resolve, answerTakesMs))
  underWay--
  if (isAway) throw new Down('away')
  if (isBroken) throw new TypeError('a bug')
  if (keys.includes('unreadable')) throw new TypeError('"unreadable" is no number')
  return { origin: ORIGIN, versions: new Map(keys.map((each) => [each, each === 'bad' ? 0 : 1])) }
}

function newKey(name: string): Key {
  const lease = new Lease(leaseMs)
  return { key: name, lease, observe: async (_stamp, sentAtMs) => lease.extend(sentAtMs) }
}

/** What a read does: it waits for a version check if the lease is not valid. */
async function read(read = key): Promise<'at once' | 'after a check'> {
  const arrivedAtMs = performance.now()
  checks.use(read)
  if (read.lease.isValidAt(arrivedAtMs)) return 'at once'
  await pass(answerTakesMs, checks.startedAfter(arrivedAtMs - leaseMs, read))
  return 'after a check'
}

/** Lets time go by until the work is done. */
async function pass<T>(ms: number, work: Promise<T>): Promise<T> {
  work.catch(() => {}) // it is awaited below, once the time has passed
  await jest.advanceTimersByTimeAsync(0) // to the end of this tick
  await jest.advanceTimersByTimeAsync(ms)
  return await work
}

test('the first read needs a check, which covers the reads of one lease', async () => {
  expect(await read()).toBe('after a check')
  await jest.advanceTimersByTimeAsync(LEASE_MS - 2)
  expect(key.lease.isValidAt(performance.now())).toBe(true)
})

test('a lease is counted from when the check was sent, not from its answer', async () => {
  answerTakesMs = LEASE_MS - 10
  const sentAtMs = performance.now()
  await read()
  expect(key.lease.isValidAt(sentAtMs + LEASE_MS - 1)).toBe(true)
  expect(key.lease.isValidAt(sentAtMs + LEASE_MS)).toBe(false)
})

test('an answer that was overtaken by a later one does not shorten a lease', () => {
  key.lease.extend(500)
  key.lease.extend(400)
  expect(key.lease.isValidAt(500 + LEASE_MS - 1)).toBe(true)
})

test('keys that are read are checked in the background: no read waits, and all keys together cost at most 15 queries a second', async () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => newKey(`${i}`))
  for (const each of keys) checks.use(each)
  await pass(1, Promise.all(keys.map((each) => checks.startedAfter(performance.now(), each))))
  expect(queries).toHaveLength(1)
  for (let passedMs = 0; passedMs < 2_000; passedMs += 5) {
    await jest.advanceTimersByTimeAsync(5)
    for (const each of keys) checks.use(each)
    expect(keys.every(({ lease }) => lease.isValidAt(performance.now()))).toBe(true)
  }
  expect(queries.length).toBeLessThanOrEqual(30)
  expect(queries.at(-1)).toHaveLength(1_000)
  await jest.advanceTimersByTimeAsync(LEASE_MS / 4) // the last query is answered
  expect(jest.getTimerCount()).toBe(1)
})

test('only keys that were read since the last check are checked again, and at the end none is', async () => {
  const other = newKey('other')
  await read()
  await read(other)
  queries = []
  await jest.advanceTimersByTimeAsync(LEASE_MS / 2)
  await read(other)
  await jest.advanceTimersByTimeAsync(60_000)
  expect(queries.flat().filter((name) => name === 'one').length).toBeLessThanOrEqual(1)
  expect(queries.flat().filter((name) => name === 'other').length).toBeLessThanOrEqual(2)
  expect(jest.getTimerCount()).toBe(0)
  expect(await read()).toBe('after a check')
})

test('one query is under way at a time, and all reads that come meanwhile share the next', async () => {
  answerTakesMs = 50
  const first = checks.startedAfter(performance.now(), key)
  await jest.advanceTimersByTimeAsync(10)
  const late = ['two', 'three', 'three'].map((name) => checks.startedAfter(performance.now(), newKey(name)))
  await pass(100, Promise.all([first, ...late]))
  expect(queries).toEqual([['one'], ['two', 'three']])
  expect(mostAtOnce).toBe(1)
})

test('a recent check of one key is no check of another', async () => {
  answerTakesMs = 50
  const first = checks.startedAfter(performance.now(), key)
  await jest.advanceTimersByTimeAsync(10)
  const other = checks.startedAfter(performance.now() - LEASE_MS, newKey('other'))
  await pass(100, Promise.all([first, other]))
  expect(queries).toEqual([['one'], ['other']])
})

test('a read waits for a check that was sent less than a lease before it, and for no older one', async () => {
  answerTakesMs = 1_000
  const answered: string[] = []
  const wait = async (name: string) => {
    await checks.startedAfter(performance.now() - LEASE_MS, key)
    answered.push(name)
  }
  const reads = [wait('first')]
  await jest.advanceTimersByTimeAsync(LEASE_MS - 1)
  reads.push(wait('a lease later, but a millisecond'))
  await jest.advanceTimersByTimeAsync(2)
  reads.push(wait('later still'))
  await jest.advanceTimersByTimeAsync(answerTakesMs - LEASE_MS)
  expect(answered).toEqual(['first', 'a lease later, but a millisecond'])
  await pass(answerTakesMs, Promise.all(reads))
  expect(queries).toHaveLength(2)
})

test('an error of one key fails only the reads of that key', async () => {
  const bad = newKey('bad')
  const [good, failed] = await pass(
    5,
    Promise.allSettled([
      checks.startedAfter(performance.now(), key),
      checks.startedAfter(performance.now(), bad),
    ]),
  )
  expect(queries).toEqual([['one', 'bad']])
  expect(good).toMatchObject({ status: 'fulfilled' })
  expect(failed).toMatchObject({ reason: expect.any(VersionError) })
})

test('a key that makes the query fail fails only its own reads: the others are asked again without it', async () => {
  const names = ['one', 'two', 'unreadable', 'four', 'five']
  const reads = names.map((name) => checks.startedAfter(performance.now(), newKey(name)))
  const results = await pass(20, Promise.allSettled(reads))
  expect(results.map(({ status }) => status)).toEqual(
    names.map((name) => (name === 'unreadable' ? 'rejected' : 'fulfilled')),
  )
  expect(results[2]).toMatchObject({ reason: new TypeError('"unreadable" is no number') })
  expect(queries).toEqual([names, ['one', 'two'], names.slice(2), ['unreadable'], ['four', 'five']])
})

test('a bug that makes each query fail costs at most 101 queries, however many the keys are', async () => {
  isBroken = true
  const reads = Array.from({ length: 400 }, (_, i) =>
    checks.startedAfter(performance.now(), newKey(`key ${i}`)),
  )
  const results = await pass(1000, Promise.allSettled(reads))
  expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']))
  expect(queries.length).toBeLessThanOrEqual(101)
})

test('no more keys are checked in the background than are remembered', async () => {
  for (let i = 0; i < MAX_KEYS + 100; i++) checks.use(newKey(`key ${i}`))
  await jest.advanceTimersByTimeAsync(LEASE_MS)
  expect(queries.map(({ length }) => length)).toEqual([MAX_KEYS])
})

test('a source that is away is not asked again for each half', async () => {
  isAway = true
  const reads = ['one', 'two'].map((name) => checks.startedAfter(performance.now(), newKey(name)))
  const results = await pass(20, Promise.allSettled(reads))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(queries).toHaveLength(1)
})

test('a key that was forgotten and comes again has no use for a query that was sent before', async () => {
  answerTakesMs = 50
  const first = checks.startedAfter(performance.now(), key)
  await jest.advanceTimersByTimeAsync(10)
  const again = checks.startedAfter(performance.now() - LEASE_MS, newKey(key.key))
  await pass(100, Promise.all([first, again]))
  expect(queries).toEqual([['one'], ['one']])
})

test('a check that fails in the background fails no read; the next read asks again', async () => {
  await read()
  isAway = true
  await jest.advanceTimersByTimeAsync(60_000)
  isAway = isBroken = false
  expect(await read()).toBe('after a check')
})

test('a failed check fails the reads that wait for it, not those that wait for the next', async () => {
  isAway = true
  answerTakesMs = 10
  const failing = expect(pass(10, checks.startedAfter(performance.now(), key))).rejects.toThrow('away')
  await jest.advanceTimersByTimeAsync(5)
  const next = checks.startedAfter(performance.now(), key)
  await failing
  isAway = isBroken = false
  await pass(20, next)
})

test('a lease of no length gives each read a check of its own, and nothing is asked in the background', async () => {
  start(0)
  for (let i = 1; i <= 5; i++) {
    expect(await read()).toBe('after a check')
    expect(queries).toHaveLength(i)
  }
  await jest.advanceTimersByTimeAsync(60_000)
  expect(queries).toHaveLength(5)
})

test('a lease without end needs no check after the first', async () => {
  start(Number.POSITIVE_INFINITY)
  await read()
  await jest.advanceTimersByTimeAsync(1_000_000)
  expect(await read()).toBe('at once')
  expect(queries).toHaveLength(1)
})

test('after a stop nothing is asked any more', async () => {
  await read()
  checks.stop()
  checks.use(key)
  queries = []
  await jest.advanceTimersByTimeAsync(60_000)
  expect(queries).toEqual([])
})

test('after the machine was suspended, which stops the monotonic clock, a read needs a check', async () => {
  await read()
  expect(key.lease.isValidAt(performance.now())).toBe(true)
  jest.setSystemTime(Date.now() + LEASE_MS)
  expect(key.lease.isValidAt(performance.now())).toBe(false)
  expect(await read()).toBe('after a check')
})

test('a check that was sent at a moment does not count as sent after it', async () => {
  answerTakesMs = 50
  const first = checks.startedAfter(performance.now() - LEASE_MS, key)
  await jest.advanceTimersByTimeAsync(0)
  expect(queries).toHaveLength(1)
  const second = checks.startedAfter(performance.now(), key)
  await pass(110, Promise.all([first, second]))
  expect(queries).toHaveLength(2)
})
