import { type MemcacheCredentials, MemcacheStore } from '../../src/cache/index.js'

export interface StartedStore {
  readonly store: MemcacheStore
  /** What it told its owner: that memcache is lost, and regained. */
  readonly said: string[]
}

/** Starts a store on memcached servers of this machine, given by their ports. */
export async function startStore(
  ports: readonly number[],
  credentials: MemcacheCredentials = {},
): Promise<StartedStore> {
  const said: string[] = []
  const store = new MemcacheStore({
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    credentials,
    ttlSeconds: 500,
    events: {
      onLost: (error) => said.push(`lost: ${(error as Error).message}`),
      onRegained: () => said.push('regained'),
    },
  })
  await store.start()
  return { store, said }
}
