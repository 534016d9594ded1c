import { CacheService } from '../../src/cache/index.js'
import { until } from '../support/poll.js'
import { codec, Down, maxProbesSince, type Process, TestSource } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

const KEYS = Array.from({ length: 1_000 }, (_, i) => `key-${i}`)

function start(options: Parameters<typeof startProcess>[2] = {}): Process {
  return startProcess(source, store, options)
}

async function readAll({ cache }: Process): Promise<Set<string>> {
  const readings = await Promise.all(KEYS.map((key) => cache.read(key)))
  return new Set(readings.map(({ outcome }) => outcome))
}

test('a thousand keys that are read at the same moment for the first time share one version query', async () => {
  await readAll(start({ leaseMs: 600_000 })) // so long that nothing is checked in the background
  expect(source.checks).toBe(1)
})

test('each key has its own value, its own version and its own writes', async () => {
  const [one, two] = [start(), start()]
  await one.cache.read('a')
  await one.cache.read('b')
  await two.cache.write('a', () => source.commit('new', 'a'))
  expect(await one.cache.read('a')).toMatchObject({ outcome: 'hit', value: { version: 2, text: 'new' } })
  expect(await one.cache.read('b')).toMatchObject({ outcome: 'hit', value: { version: 1 } })
})

test('a lease for one key is not one for another', async () => {
  const process = start({ leaseMs: 600_000 })
  await process.cache.read('a')
  await start().cache.read('b')
  await source.commit('new', 'b') // by a writer who died
  expect(await process.cache.read('b')).toMatchObject({ outcome: 'stale', value: { version: 2 } })
})

describe('a process that remembers few keys', () => {
  test('shows the latest write of a key that it forgot', async () => {
    const process = start({ maxKeys: 10, leaseMs: 600_000 })
    await process.cache.read('first')
    await start().cache.read('first')
    await source.commit('new', 'first') // by a writer who died: the cache still has the old value
    await readAll(process)
    expect(await process.cache.read('first')).toMatchObject({ outcome: 'stale', value: { version: 2 } })
  })

  test('forgets the least recently used key, which costs a version check', async () => {
    const process = start({ maxKeys: 2, leaseMs: 600_000 })
    for (const key of ['a', 'b', 'a', 'c']) await process.cache.read(key)
    const checksFor = async (key: string) => {
      const { checks } = source
      expect((await process.cache.read(key)).outcome).toBe('hit')
      return source.checks - checks
    }
    expect(await checksFor('a')).toBe(0)
    expect(await checksFor('b')).toBe(1)
  })
})

test('a lost source is reported once and probed by one query at a time, for all keys', async () => {
  const process = start()
  await readAll(process)
  source.isAway = true
  await until('it is lost', async () => !(await process.cache.read('key-0')).current)
  const { checks, loads } = source
  const beganAtMs = performance.now()
  for (let i = 0; i < 5; i++) {
    const readings = await Promise.all(KEYS.slice(0, 100).map((key) => process.cache.read(key)))
    expect(readings.filter(({ current }) => current)).toEqual([])
  }
  await expect(process.cache.read('a key that was never read')).rejects.toThrow(Down)
  expect(source.checks + source.loads - checks - loads).toBeLessThanOrEqual(maxProbesSince(beganAtMs))
  source.isAway = false
  await until('it is back', async () => (await process.cache.read('key-0')).current)
  expect(await process.cache.read('a key that was never read')).toMatchObject({ current: true })
  expect(process.said).toEqual(['lost', 'regained'])
})

test('two services share a store if their namespaces differ, and need nothing beyond store, source, codec and lease', async () => {
  const services = ['product', 'user'].map((namespace) => {
    const own = new TestSource()
    own.value = { ...own.value, text: namespace }
    return new CacheService({ store, namespace, codec, source: own, leaseMs: 200 })
  })
  for (let turn = 0; turn < 2; turn++) {
    const readings = await Promise.all(services.map((service) => service.read('value')))
    expect(readings.map(({ value }) => value.text)).toEqual(['product', 'user'])
    expect(new Set(readings.map(({ outcome }) => outcome))).toEqual(new Set([turn ? 'hit' : 'miss']))
  }
  expect(await store.gets('product:value')).toBeDefined()
  for (const service of services) service.close()
})
