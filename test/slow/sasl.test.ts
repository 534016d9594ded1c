import { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import type { Memcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { type SaslMemcached, startSaslMemcached } from '../support/sasl.js'
import { startTestApp } from '../support/testApp.js'

const USER = 'visitor'
const PASSWORD = 'right password'

let sasl: SaslMemcached
let memcached: Memcached

beforeAll(async () => {
  sasl = await startSaslMemcached()
  await sasl.setPassword(USER, PASSWORD)
  memcached = sasl.memcached
}, 120_000)

afterAll(() => sasl.stop())

function storeWith(password: string, said: string[]): MemcacheStore {
  return new MemcacheStore({
    servers: [{ host: '127.0.0.1', port: memcached.port }],
    credentials: { username: USER, password },
    ttlSeconds: 500,
    events: {
      onLost: (error) => said.push((error as Error).message),
      onRegained: () => said.push('regained'),
    },
  })
}

test('signs in with the right password', async () => {
  const said: string[] = []
  const store = storeWith(PASSWORD, said)
  await store.ready
  await store.add('queue', Buffer.from('one'))
  expect((await store.gets('queue'))?.bytes.toString()).toBe('one')
  expect(said).toEqual([])
  store.close()
})

test('says once that the password is wrong, and serves nothing', async () => {
  const said: string[] = []
  const store = storeWith('wrong password', said)
  await store.ready
  await expect(store.gets('queue')).rejects.toThrow('memcache is down')
  expect(said).toEqual([expect.stringContaining('authentication failed')])
  store.close()
})

test('serves pages from Postgres with a wrong password, and from the cache with the right one', async () => {
  const env = { MEMCACHIER_SERVERS: memcached.address, MEMCACHIER_USERNAME: USER }
  const wrong = await startTestApp({ ...env, MEMCACHIER_PASSWORD: 'wrong password' })
  expect((await wrong.get('/')).headers['cache-status']).toBe(
    'memcache; fwd=bypass; detail=cache-unavailable',
  )
  await wrong.close()

  const right = await startTestApp({ ...env, MEMCACHIER_PASSWORD: PASSWORD })
  await until(
    'a page comes from the cache',
    async () => (await right.get('/')).headers['cache-status'] === 'memcache; hit',
  )
  await right.close()
})
