import { setImmediate as nextTick } from 'node:timers/promises'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { pauseAfter, pauseBefore } from '../support/gates.js'
import { until } from '../support/poll.js'
import { KEY, numbered, type Process, sealed, TestSource } from './processes.js'
import { source, startProcess, store, storedVersion } from './sourceAndStore.js'

function start(leaseMs = 200): Process {
  return startProcess(source, store, { leaseMs })
}

/** What was asked has found no value in the cache. */
async function theyWait(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTick()
}

describe('a load under way', () => {
  test('makes later callers wait, and they find its value in the cache', async () => {
    const process = start()
    const load = pauseAfter(source, 'load')
    const early = process.cache.read(KEY)
    await load.reached
    const late = Array.from({ length: 100 }, () => process.cache.read(KEY))
    await theyWait()
    load.resume()
    expect((await early).outcome).toBe('miss')
    expect((await Promise.all(late)).map(({ outcome }) => outcome)).toEqual(late.map(() => 'hit'))
    expect(source.loads).toBe(1)
  })

  test('is followed by one more for all later callers if the cache did not store its value', async () => {
    const process = start()
    const load = pauseAfter(source, 'load')
    const early = process.cache.read(KEY)
    await load.reached
    await start().cache.write(KEY, () => source.commit())
    await store.delete(KEY)
    const { loads } = source
    const late = Array.from({ length: 100 }, () => process.cache.read(KEY))
    await theyWait()
    load.resume()
    await early
    expect(new Set((await Promise.all(late)).map(({ value }) => value.version))).toEqual(new Set([2]))
    expect(source.loads - loads).toBe(1)
  })

  test('that fails does not fail later callers', async () => {
    const process = start()
    source.load = () => Promise.reject(new RangeError('an accident'))
    const load = pauseAfter(source, 'load')
    const early = expect(process.cache.read(KEY)).rejects.toThrow('an accident')
    await load.reached
    const late = process.cache.read(KEY)
    await theyWait()
    Reflect.deleteProperty(source, 'load')
    load.resume()
    await early
    expect((await late).value.version).toBe(1)
  })

  test('shows the write of its own process that overtook it, and undoes nothing', async () => {
    const process = start(50)
    const load = pauseAfter(source, 'load')
    const slow = process.cache.read(KEY) // version 1 was read
    await load.reached
    const write = process.cache.write(KEY, () => source.commit())
    await until('the cache is waited for no longer', async () => (await write).value.version === 2)
    load.resume()
    expect((await slow).value.version).toBe(2)
    expect(await storedVersion()).toBe(2)
  })
})

describe('a version check under way', () => {
  test('covers the version that it saw, not a later write that came before its answer', async () => {
    const early = start()
    await early.cache.read(KEY)
    early.cache.close()
    const reader = start()
    const check = pauseAfter(source, 'versions')
    const reading = reader.cache.read(KEY)
    await check.reached // it has seen version 1
    const stuck = pauseBefore(store, 'gets')
    await start().cache.write(KEY, () => source.commit()) // waits out all leases, since the cache didn't get it
    stuck.resume()
    check.resume()
    await reading
    expect((await reader.cache.read(KEY)).value.version).toBe(2)
  })

  test('is not taken for lost history if a write overtook it', async () => {
    const process = start()
    const check = pauseAfter(source, 'versions')
    const slow = process.cache.read(KEY)
    await check.reached
    await process.cache.write(KEY, () => source.commit())
    check.resume()
    await slow
    expect(await storedVersion()).toBe(2)
    expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  })
})

test.each(['add', 'cas'] as const)(
  'if the cache hangs in %s, a read that misses goes on without it',
  async (operation) => {
    const process = start()
    const stuck = pauseBefore(store, operation)
    expect(await process.cache.read(KEY)).toMatchObject({
      value: { version: 1 },
      outcome: 'bypass',
      detail: 'cache-unavailable',
      stored: false,
    })
    stuck.resume()
  },
)

describe('a query that bypasses the cache', () => {
  test('puts what it learned into the cache before it is answered', async () => {
    const reader = start(Number.POSITIVE_INFINITY)
    await reader.cache.read(KEY)
    await source.commit() // by a writer who died
    const page = await start().cache.bypass(KEY, async () => ({ ...source.value, page: 'later' }))
    expect(page).toMatchObject({ version: 2, page: 'later' })
    expect(await reader.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  })

  test('keeps its process from showing anything older afterwards', async () => {
    const process = start(600_000)
    await process.cache.read(KEY)
    await process.cache.bypass(KEY, async () => (await source.commit()).value)
    await store.delete(KEY)
    await store.add(KEY, sealed(numbered(1, 'one'))) // an older entry comes back
    expect((await process.cache.read(KEY)).value.version).toBe(2)
  })
})

test.each([
  ['', false],
  [', not even whether it is back', true],
])('closed, a process asks the source nothing more%s', async (_what, isAway) => {
  const process = start(20)
  await process.cache.read(KEY)
  await process.cache.read(KEY)
  source.isAway = isAway
  await process.cache.bypass(KEY, () => source.load(KEY)).catch(() => {})
  process.cache.close()
  await nextTick() // what it was asked before is still under way
  const { checks } = source

  const clock = startProcess(new TestSource(), new MemoryStore({ ttlSeconds: 500 }), { leaseMs: 20 })
  await until('another process has looked ten times', async () => {
    await clock.cache.read(KEY)
    return clock.source.checks >= 10
  })
  expect(source.checks).toBe(checks)
})
