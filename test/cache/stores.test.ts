import type { CacheStore } from '../../src/cache/CacheStore.js'
import { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { describeStore } from './storeSuite.js'

let memcached: Memcached
let proxy: FaultyProxy

beforeAll(async () => {
  memcached = await startMemcached()
  proxy = await FaultyProxy.start(memcached.port)
})

afterAll(async () => {
  await proxy.close()
  await memcached.kill()
})

async function memcacheStore(ttlSeconds: number): Promise<CacheStore> {
  const store = new MemcacheStore({
    servers: [{ host: '127.0.0.1', port: proxy.port }],
    ttlSeconds,
  })
  await store.start()
  return store
}

describeStore({
  name: 'memcache',
  make: memcacheStore,
  async hang() {
    await proxy.setFault({ kind: 'swallow' })
    return () => proxy.heal()
  },
})
describeStore({ name: 'memory', make: async (ttlSeconds) => new MemoryStore({ ttlSeconds }) })

describe('memcache', () => {
  test('breaks a token by a flush', async () => {
    const store = await memcacheStore(500)
    const token = (await store.add('flushed', Buffer.from('one'))) ?? {}
    await memcached.command('flush_all')
    expect(await store.cas('flushed', Buffer.from('two'), token)).toBe('conflict')
    store.close()
  })
})

test('a store in memory, once closed, keeps nothing', async () => {
  const store = new MemoryStore({ ttlSeconds: 500 })
  await store.add('key', Buffer.from('one'))
  store.close()
  expect(await store.gets('key')).toBeUndefined()
})
