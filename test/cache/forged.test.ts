import { jest } from '@jest/globals'
import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { until } from '../support/poll.js'
import { memcached, storedVersion } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'
import { KEY, numbered, type Process, sealed } from './processes.js'
import { source, startProcess } from './sourceAndStore.js'

// Somebody else puts what looks like ours into memcached: the right key, format and source, and a version that the
// source never had.
const FORGED_VERSION = 9_007_199_254_740_991
const LEASE_MS = 200

let store: MemcacheStore

beforeEach(async () => {
  ;({ store } = await startStore([memcached.port]))
})

function start(leaseMs = LEASE_MS): Process {
  return startProcess(source, store, { leaseMs })
}

async function forge(version = FORGED_VERSION): Promise<void> {
  const bytes = sealed(numbered(version, 'forged')).toString()
  expect(await memcached.command(`set ${KEY} 0 0 ${bytes.length}\r\n${bytes}`)).toContain('STORED')
}

/** Until the entry is gone: on a busy machine memcached may answer too late, which leaves the entry there. */
async function showsOnlyTheTruth(process: Process): Promise<void> {
  const shown = new Set<string>()
  await until('the forged entry is gone', async () => {
    shown.add((await process.cache.read(KEY)).value.text)
    return (await storedVersion()) !== FORGED_VERSION
  })
  expect([...shown]).toEqual(['one'])
}

test('a busy process finds it out at its next version check, and deletes it', async () => {
  const process = start()
  await process.cache.read(KEY)
  await forge()
  const { checks } = source
  await until('it is shown no more', async () => (await process.cache.read(KEY)).value.text === 'one')
  // One may come before the forged entry is read for the first time, and one may have been under way then.
  expect(source.checks - checks).toBeLessThanOrEqual(3)
  await until('it is a hit again', async () => (await process.cache.read(KEY)).outcome === 'hit')
  expect(await storedVersion()).not.toBe(FORGED_VERSION)
})

test('a process that was not asked for a while never shows it: its check comes first, and is made again', async () => {
  const process = start(0) // no lease at all: each read comes after a while
  await process.cache.read(KEY)
  await forge()
  await showsOnlyTheTruth(process)
})

test('an entry that is forged again and again, each time newer, is still found out', async () => {
  const process = start()
  await process.cache.read(KEY)
  const deletes = jest.spyOn(store, 'delete')
  let version = FORGED_VERSION - 100_000
  await until('it has been deleted three times', async () => {
    await forge(version++)
    await process.cache.read(KEY)
    return deletes.mock.calls.length >= 3
  })
})

test('a process that only writes checks once more, and deletes it', async () => {
  const writer = start()
  await writer.cache.write(KEY, () => source.commit())
  await forge()
  await writer.cache.write(KEY, () => source.commit()) // may take it for a newer write of somebody else's
  await until('it is gone', async () => (await storedVersion()) !== FORGED_VERSION)
})

// In memory, which is never too slow: no write may wait for a lease here, and nothing is checked in the background.
describe('a write that meets the forged entry that its process has seen', () => {
  const ENDLESS_LEASE_MS = 600_000
  let store: MemoryStore
  let process: Process

  beforeEach(async () => {
    store = new MemoryStore({ ttlSeconds: 500 })
    process = startProcess(source, store, { leaseMs: ENDLESS_LEASE_MS })
    await process.cache.read(KEY)
    await store.delete(KEY)
    await store.add(KEY, sealed(numbered(FORGED_VERSION, 'forged')))
    expect((await process.cache.read(KEY)).value.text).toBe('forged')
  })

  async function stored(): Promise<string | undefined> {
    return (await store.gets(KEY))?.bytes.toString()
  }

  test('does not take it for a confirmation, and stores its own value', async () => {
    const { value } = await process.cache.write(KEY, () => source.commit('written'))
    expect(await stored()).toBe(sealed(value).toString())
    expect((await process.cache.read(KEY)).value).toEqual(value)
  })

  test('answers no write of its batch before that', async () => {
    const together = await source.commit('written')
    const storedThen = await Promise.all(
      [1, 2, 3].map(async () => {
        await process.cache.write(KEY, async () => together)
        return await stored()
      }),
    )
    expect(storedThen).toEqual([1, 2, 3].map(() => sealed(together.value).toString()))
  })
})

test('after an outage it is gone as soon as the source is back', async () => {
  const process = start()
  await process.cache.read(KEY)
  source.isAway = true
  await until('the loss is noticed', async () => !(await process.cache.read(KEY)).current)
  await forge()
  source.isAway = false
  await until('the truth is shown', async () => {
    const { current, value } = await process.cache.read(KEY)
    return current && value.text === 'one'
  })
})

test('a true newer entry of another process is shown at once, and costs a busy process no check of its own', async () => {
  const store = new MemoryStore({ ttlSeconds: 500 })
  const [writer, reader] = [1, 2].map(() => startProcess(source, store, { leaseMs: 600_000 })) as [
    Process,
    Process,
  ]
  await reader.cache.read(KEY)
  await writer.cache.write(KEY, () => source.commit())
  const { checks } = source
  expect(await reader.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  expect(source.checks).toBe(checks)
})
