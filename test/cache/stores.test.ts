import type { CacheStore } from '../../src/cache/CacheStore.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { memcached, network } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'
import { describeStore } from './storeSuite.js'

async function memcacheStore(ttlSeconds: number): Promise<CacheStore> {
  return (await startStore([network.port], { ttlSeconds })).store
}

describeStore({
  name: 'memcache',
  make: memcacheStore,
  async hang() {
    await network.setFault({ kind: 'swallow' })
    return () => network.heal()
  },
})
describeStore({ name: 'memory', make: async (ttlSeconds) => new MemoryStore({ ttlSeconds }) })

test('memcache breaks a token by a flush', async () => {
  const store = await memcacheStore(500)
  const token = (await store.add('flushed', Buffer.from('one'))) ?? {}
  await memcached.command('flush_all')
  expect(await store.cas('flushed', Buffer.from('two'), token)).toBe('conflict')
})

test('a store in memory, once closed, keeps nothing', async () => {
  const store = new MemoryStore({ ttlSeconds: 500 })
  await store.add('key', Buffer.from('one'))
  store.close()
  expect(await store.gets('key')).toBeUndefined()
})
