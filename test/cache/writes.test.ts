import { jest } from '@jest/globals'
import { gate, pauseAfter, pauseBefore } from '../support/gates.js'
import { until } from '../support/poll.js'
import { Down, KEY, type Process } from './processes.js'
import { source, startProcess, store, storedVersion } from './sourceAndStore.js'

/** Longer than any test may take: a write that waits it out fails its test. */
const ENDLESS_WAIT_MS = 600_000

function start(leaseMs = 200): Process {
  return startProcess(source, store, { leaseMs })
}

test.each([
  ['in place of an older one', async ({ cache }: Process) => void (await cache.read(KEY))],
  ['into an empty cache', async () => {}],
])('a write whose value got into the cache, %s, waits for no lease', async (_where, prepare) => {
  const process = start(ENDLESS_WAIT_MS)
  await prepare(process)
  await process.cache.write(KEY, () => source.commit())
  expect(await storedVersion()).toBe(2)
})

test('a write whose value is too large waits for no lease either, since nothing older can be shown', async () => {
  const process = start(ENDLESS_WAIT_MS)
  await process.cache.read(KEY)
  const { value } = await process.cache.write(KEY, () => source.commit('x'.repeat(1_000_000)))
  expect(await store.gets(KEY)).toBeUndefined()
  expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'miss', stored: false, value })
})

test('a write that could not publish waits a lease from its commit on, even if the commit was slow', async () => {
  const reader = start(300)
  const writer = start(300)
  const committing = gate()
  const write = writer.cache.write(KEY, async () => {
    await committing.wait()
    return source.commit()
  })
  const beganAtMs = performance.now()
  await until('the commit has taken longer than a lease', () => performance.now() > beganAtMs + 300)

  await reader.cache.read(KEY) // relies from now on, for one lease, on a version check that was sent before the commit
  const stuck = pauseBefore(store, 'gets')
  committing.open()
  await write
  stuck.resume()
  expect((await reader.cache.read(KEY)).value.version).toBe(2)
})

test('of two writes of one process the newer stays, although the older one is answered last', async () => {
  const process = start()
  await process.cache.read(KEY)
  const commit = pauseAfter(source, 'commit')
  const older = process.cache.write(KEY, () => source.commit('two')) // version 2 is made, its answer is under way
  await commit.reached
  await process.cache.write(KEY, () => source.commit('three'))
  commit.resume()
  await older
  expect(await storedVersion()).toBe(3)
  expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 3 } })
})

test('no change is tried while the source is known to be away', async () => {
  const process = start()
  source.isAway = true
  await expect(process.cache.read(KEY)).rejects.toBeInstanceOf(Down)
  let tried = false
  const write = process.cache.write(KEY, async () => {
    tried = true
    return source.commit()
  })
  await expect(write).rejects.toBeInstanceOf(Down)
  expect(tried).toBe(false)
})

test('a change that fails says why, and the cache stays as it is', async () => {
  const process = start(ENDLESS_WAIT_MS)
  await process.cache.read(KEY)
  const write = process.cache.write(KEY, () => Promise.reject(new RangeError('no such change')))
  await expect(write).rejects.toThrow('no such change')
  expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 1 } })
})

test('a change that changes nothing leaves the value as it is', async () => {
  const process = start(ENDLESS_WAIT_MS)
  await process.cache.read(KEY)
  const before = await store.gets(KEY)
  await process.cache.write(KEY, async () => ({ value: source.value }))
  expect((await store.gets(KEY))?.token).toBe(before?.token)
})

test('the writes of a batch have one value, which is published once for all of them', async () => {
  const process = start(ENDLESS_WAIT_MS)
  await process.cache.read(KEY)
  const together = await source.commit()
  const cas = jest.spyOn(store, 'cas')
  await Promise.all([1, 2, 3].map(() => process.cache.write(KEY, async () => together)))
  expect(cas).toHaveBeenCalledTimes(1)
  expect(await storedVersion()).toBe(2)
})

test('none of the writes in a batch is answered before the cache is known to have their value', async () => {
  const process = start(ENDLESS_WAIT_MS)
  await process.cache.read(KEY)
  const together = await source.commit()
  const publish = pauseAfter(store, 'cas')
  let answered = 0
  const writes = [1, 2].map(() => process.cache.write(KEY, async () => together).then(() => answered++))
  await publish.reached
  expect(answered).toBe(0)
  publish.resume()
  await Promise.all(writes)
  expect(answered).toBe(2)
})
