import { jest } from '@jest/globals'
import type { CacheObserver } from '../../src/cache/CacheObserver.js'
import { CacheUnavailable } from '../../src/cache/CacheStore.js'
import { CacheService, VersionError } from '../../src/cache/index.js'
import { until } from '../support/poll.js'
import { codec, KEY, numbered, type Process } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

let observed: string[]
let process: Process

const observer: CacheObserver = {
  onOperation: (operation, durationMs, failed) => note(operation, durationMs, failed),
  onSourceQuery: (query, durationMs, failed) => note(query, durationMs, failed),
  onPublish: (confirmed) => observed.push(confirmed ? 'confirmed' : 'unconfirmed'),
}

function note(what: string, durationMs: number, failed: boolean): void {
  expect(durationMs).toBeGreaterThanOrEqual(0)
  expect(durationMs).toBeLessThan(performance.now()) // a duration, and no moment
  observed.push(failed ? `${what} failed` : what)
}

beforeEach(() => {
  observed = []
  process = startProcess(source, store, { observer, leaseMs: 60_000 })
})

test('gets the version check, the operations and the load of a miss, in their order', async () => {
  expect((await process.cache.read(KEY)).outcome).toBe('miss')
  expect(observed).toEqual(['version_check', 'gets', 'add', 'load', 'cas'])
})

test('gets one operation for a hit', async () => {
  await process.cache.read(KEY)
  observed = []
  expect((await process.cache.read(KEY)).outcome).toBe('hit')
  expect(observed).toEqual(['touch'])
})

test('gets a confirmed publish', async () => {
  await process.cache.read(KEY)
  observed = []
  await process.cache.write(KEY, () => source.commit())
  expect(observed).toEqual(['cas', 'confirmed'])
})

test('gets an unconfirmed publish, before the write’s answer waits', async () => {
  const unwaiting = startProcess(source, store, { observer, leaseMs: 0 })
  jest.spyOn(store, 'gets').mockRejectedValue(new CacheUnavailable('down'))
  await unwaiting.cache.write(KEY, () => source.commit())
  expect(observed).toEqual(['gets failed', 'unconfirmed'])
  unwaiting.cache.close()
})

test('gets a failed query of the source', async () => {
  source.isAway = true
  await expect(process.cache.read(KEY)).rejects.toThrow('away')
  expect(observed.slice(0, 1)).toEqual(['version_check failed'])
})

test('gets a deletion, and the entry is deleted', async () => {
  source.value = numbered(9)
  await process.cache.read(KEY)
  source.value = numbered(5)
  await process.cache.bypass(KEY, async () => source.value)
  expect(observed).toContain('delete')
  expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 5 } })
})

test('without listeners, a stale read, a lost source and a version with two contents cause warnings', async () => {
  const warning = jest.spyOn(globalThis.process, 'emitWarning').mockImplementation(() => {})
  const cache = new CacheService({ store, codec, source, leaseMs: Number.POSITIVE_INFINITY, auditOneIn: 1 })
  await cache.read(KEY)
  await source.commit() // by another process, which this one never hears of
  await until('it is found out', async () => {
    await cache.read(KEY)
    return cache.audit.staleReads > 0
  })
  expect(warning).toHaveBeenCalledWith(expect.stringContaining('a stale value was read'))
  source.isAway = true
  await store.delete(KEY)
  await until('it is lost', async () => !(await cache.read(KEY)).current)
  expect(warning).toHaveBeenCalledWith(expect.stringMatching(/^the source is lost: .*the source is away$/))
  source.isAway = false
  await until('it is back', async () => (await cache.read(KEY)).current)
  await cache.write(KEY, async () => ({ value: { ...source.value, text: 'changed' } }))
  expect(warning).toHaveBeenCalledWith(new VersionError(KEY, 'version 2 has two contents'))
  warning.mockRestore()
  cache.close()
})
