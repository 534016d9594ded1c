import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { startStore } from './memcacheStore.js'

const COUNTER = { key: 'counter', initial: 1, ttlSeconds: 60 }

let memcached: Memcached
let store: MemcacheStore
let said: string[]

beforeEach(async () => {
  memcached = await startMemcached()
  ;({ store, said } = await startStore([memcached.port]))
})

afterEach(async () => {
  store.close()
  await memcached.kill()
})

test('a counter begins as it is told to, and grows by one each time, past 32 bits too', async () => {
  for (const initial of [1, 2 ** 32 - 1, 1_795_500_000_000_001]) {
    const counter = { ...COUNTER, key: `from-${initial}`, initial }
    for (let i = 0; i < 3; i++) expect(await store.increment(counter)).toBe(initial + i)
  }
})

test('no two processes get the same number', async () => {
  const { store: other } = await startStore([memcached.port])
  const answers = Array.from({ length: 200 }, (_, i) => (i % 2 ? store : other).increment(COUNTER))
  expect((await Promise.all(answers)).toSorted((a = 0, b = 0) => a - b)).toEqual(
    Array.from({ length: 200 }, (_, i) => i + 1),
  )
  other.close()
})

test('a counter is gone its time to live after it was begun, however often it was counted up', async () => {
  const counter = { ...COUNTER, ttlSeconds: 1 }
  expect(await store.increment(counter)).toBe(1)
  expect(await store.increment(counter)).toBe(2)
  await until('it begins again', async () => (await store.increment(counter)) === 1)
})

test('something else under its name is left alone, and is no failure', async () => {
  await memcached.command('set counter 0 0 5\r\nhello')
  expect(await store.increment(COUNTER)).toBeUndefined()
  expect(await memcached.command('get counter')).toContain('hello')
  expect(said).toEqual([])
})

test('a full server keeps no further counter, which is no failure', async () => {
  const full = await startMemcached({ args: ['-M', '-m', '2', '-I', '1m'] })
  const started = await startStore([full.port])
  let begun = 0
  const beginMany = () =>
    Promise.all(
      Array.from({ length: 200 }, () => started.store.increment({ ...COUNTER, key: `counter-${begun++}` })),
    )
  await until('there is no room for a counter', async () => (await beginMany()).includes(undefined), 20_000)
  expect(started.said).toEqual([])
  started.store.close()
  await full.kill()
})
