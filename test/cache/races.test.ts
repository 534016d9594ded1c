import { pauseAfter, pauseBefore } from '../support/gates.js'
import { until } from '../support/poll.js'
import { KEY, numbered, type Process, sealed } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

// Two web processes with one source and one cache between them. The store is in memory, so that it can be stopped
// at any point; that memcache behaves the same is what stores.test.ts says.
let one: Process
let two: Process

beforeEach(() => {
  one = startProcess(source, store)
  two = startProcess(source, store)
})

async function shown(process: Process): Promise<number> {
  return (await process.cache.read(KEY)).value.version
}

test('a slow reader does not bring back the value from before a write', async () => {
  const load = pauseAfter(source, 'load')
  const slowReader = one.cache.read(KEY) // has read version 1, and stored nothing yet
  await load.reached
  const { value } = await two.cache.write(KEY, () => source.commit())
  load.resume()
  await slowReader
  expect(await shown(one)).toBe(value.version)
  expect(await shown(two)).toBe(value.version)
})

test('a slow reader does not bring it back even if the newer value was evicted meanwhile', async () => {
  const load = pauseAfter(source, 'load')
  const slowReader = one.cache.read(KEY)
  await load.reached
  const { value } = await two.cache.write(KEY, () => source.commit())
  await store.delete(KEY)
  load.resume()
  await slowReader
  expect(await shown(two)).toBe(value.version)
  expect(await shown(one)).toBe(value.version)
})

test('of two writers the newer wins, in either order of their publishes', async () => {
  await one.cache.read(KEY)
  const cas = pauseBefore(store, 'cas')
  const first = one.cache.write(KEY, () => source.commit('two')) // committed version 2, about to put it into the cache
  await cas.reached
  await two.cache.write(KEY, () => source.commit('three'))
  cas.resume()
  await first
  for (const process of [one, two]) {
    expect(await process.cache.read(KEY)).toMatchObject({
      outcome: 'hit',
      value: { version: 3, text: 'three' },
    })
  }
})

test.each([
  ['about to ask the cache', 'gets'],
  ['about to swap what it has seen there', 'cas'],
] as const)(
  'a late writer, %s, does not store its value if a newer one has come and gone',
  async (_what, operation) => {
    const hasSeen = operation === 'cas' ? one : two
    await hasSeen.cache.read(KEY)
    const paused = pauseBefore(store, operation)
    const late = one.cache.write(KEY, () => source.commit('two')) // committed version 2
    await paused.reached
    await two.cache.write(KEY, () => source.commit('three'))
    await store.delete(KEY)
    paused.resume()
    await late
    expect(await shown(one)).toBe(3)
    expect(await shown(two)).toBe(3)
  },
)

test('a process puts what it learned from the source into the cache before it shows it', async () => {
  await one.cache.read(KEY)
  await source.commit()
  await until('it is learned', async () => (await shown(one)) === 2)
  expect(await two.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
})

test('no read is older than what was shown before, even if the cache goes back', async () => {
  await one.cache.read(KEY)
  await two.cache.write(KEY, () => source.commit())
  expect(await shown(one)).toBe(2)
  const token = (await store.gets(KEY))?.token ?? {}
  await store.cas(KEY, sealed(numbered(1, 'one')), token) // an older entry comes back
  expect(await one.cache.read(KEY)).toMatchObject({ outcome: 'stale', stored: true, value: { version: 2 } })
  expect(await two.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
})
