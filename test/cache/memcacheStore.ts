import { type MemcacheOptions, MemcacheStore } from '../../src/cache/index.js'

export interface StartedStore {
  readonly store: MemcacheStore
  /** Its events: memcache was lost, and regained. */
  readonly said: string[]
}

/** A busy machine may keep memcached waiting for longer than the default of 50 ms, but not for as long as this. */
export const DEADLINE_MS = 300

const stores: MemcacheStore[] = []

afterEach(() => {
  for (const store of stores.splice(0)) store.close()
})

/** Starts a store on memcached servers of this machine, given by their ports. It ends with the test. */
export async function startStore(
  ports: readonly number[],
  options: Partial<MemcacheOptions> = {},
): Promise<StartedStore> {
  const said: string[] = []
  const store = new MemcacheStore({
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    ttlSeconds: 500,
    deadlineMs: DEADLINE_MS,
    events: {
      onLost: (error) => said.push(`lost: ${(error as Error).message}`),
      onRegained: () => said.push('regained'),
    },
    ...options,
  })
  stores.push(store)
  await store.ready
  return { store, said }
}
