import type { CacheStore } from '../../src/cache/CacheStore.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { startProcess as start, TestSource } from './processes.js'

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
