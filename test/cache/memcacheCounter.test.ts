import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { memcached } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'

const COUNTER = { key: 'counter', initial: 1, ttlSeconds: 60 }

let store: MemcacheStore
let said: string[]

beforeEach(async () => {
  ;({ store, said } = await startStore([memcached.port]))
})

test('a counter begins at its initial value, and grows by one each time, even past 32 bits', async () => {
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
})

test('a counter expires its time to live after it began, no matter how often it grew', async () => {
  // Memcached counts in whole seconds: one second may be over at once.
  const counter = { ...COUNTER, ttlSeconds: 2 }
  expect(await store.increment(counter)).toBe(1)
  expect(await store.increment(counter)).toBe(2)
  await until('it begins again', async () => (await store.increment(counter)) === 1)
})

test('another value under its key is left alone, and is no failure', async () => {
  await memcached.command('set counter 0 0 5\r\nhello')
  expect(await store.increment(COUNTER)).toBeUndefined()
  expect(await memcached.command('get counter')).toContain('hello')
  expect(said).toEqual([])
})

test('a full server stores no further counter, which is no failure', async () => {
  const full = await startMemcached({ args: ['-M', '-m', '2', '-I', '1m'] })
  const started = await startStore([full.port])
  // Each takes as much room as a counter, and all together more than there is.
  const fillers = Array.from({ length: 40_000 }, (_, i) => `set filler-${i} 0 0 1\r\n1`)
  expect(await full.command(fillers.join('\r\n'))).toContain('SERVER_ERROR')
  expect(await started.store.increment(COUNTER)).toBeUndefined()
  expect(started.said).toEqual([])
  await full.kill()
})
