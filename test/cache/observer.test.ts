import { jest } from '@jest/globals'
import type { CacheObserver } from '../../src/cache/CacheObserver.js'
import { CacheUnavailable } from '../../src/cache/CacheStore.js'
import { KEY, type Process } from './processes.js'
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
  observed.push(failed ? `${what} failed` : what)
}

beforeEach(() => {
  observed = []
  process = startProcess(source, store, { observer, leaseMs: 60_000 })
})

test('hears of the version check, the operations and the load of a miss, in their order', async () => {
  expect((await process.cache.read(KEY)).outcome).toBe('miss')
  expect(observed).toEqual(['version_check', 'gets', 'add', 'load', 'cas'])
})

test('hears of one operation for a hit', async () => {
  await process.cache.read(KEY)
  observed = []
  expect((await process.cache.read(KEY)).outcome).toBe('hit')
  expect(observed).toEqual(['touch'])
})

test('hears that a write was confirmed', async () => {
  await process.cache.read(KEY)
  observed = []
  await process.cache.write(KEY, () => source.commit())
  expect(observed).toEqual(['cas', 'confirmed'])
})

test('hears that a write was not confirmed, before its answer waits', async () => {
  const unwaiting = startProcess(source, store, { observer, leaseMs: 0 })
  jest.spyOn(store, 'gets').mockRejectedValue(new CacheUnavailable('down'))
  await unwaiting.cache.write(KEY, () => source.commit())
  expect(observed).toEqual(['gets failed', 'unconfirmed'])
  unwaiting.cache.close()
})

test('hears that the source failed', async () => {
  source.isAway = true
  await expect(process.cache.read(KEY)).rejects.toThrow('away')
  expect(observed.slice(0, 1)).toEqual(['version_check failed'])
})
