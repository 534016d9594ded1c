import { jest } from '@jest/globals'
import { type CacheStore, CacheUnavailable } from '../../src/cache/CacheStore.js'
import { open } from '../../src/cache/envelope.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { codec, KEY, ORIGIN, startProcess as start, TestSource } from './processes.js'

/** The source and the store of the test that runs. */
export let source: TestSource
export let store: CacheStore
const processes: ReturnType<typeof start>[] = []

beforeEach(() => {
  source = new TestSource()
  store = new MemoryStore({ ttlSeconds: 500 })
})

afterEach(() => {
  for (const { cache } of processes.splice(0)) cache.close()
})

/** Starts a process that ends with the test. */
export const startProcess: typeof start = (...of) => {
  const process = start(...of)
  processes.push(process)
  return process
}

/** Makes a store one that its process no longer reaches; without a store, one that it never reached. */
export function lose(lost = new MemoryStore({ ttlSeconds: 500 })): CacheStore {
  for (const operation of ['touch', 'gets', 'add', 'cas', 'delete'] as const)
    jest.spyOn(lost, operation).mockRejectedValue(new CacheUnavailable('away'))
  return lost
}

/** The version of the value in the store, if there is one. */
export async function storedVersion(): Promise<number | undefined> {
  const stored = await store.gets(KEY)
  return stored && open(codec.format, ORIGIN, stored.bytes)?.version
}
