import { jest } from '@jest/globals'
import { open } from '../../src/cache/envelope.js'
import { pauseAfter, pauseBefore } from '../support/gates.js'
import { until } from '../support/poll.js'
import {
  codec,
  Down,
  KEY,
  type Numbered,
  numbered,
  ORIGIN,
  type Process,
  sealed,
  TestSource,
} from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

const THEIR_ORIGIN = 'source/2'

function start(usedSource = source, leaseMs = 200): Process {
  return startProcess(usedSource, store, { leaseMs })
}

/** Stores an entry in any case. */
async function put(value: Numbered): Promise<void> {
  await store.delete(KEY)
  await store.add(KEY, sealed(value))
}

function theirs(version: number): Numbered {
  return numbered(version, 'theirs', THEIR_ORIGIN)
}

async function isOurs(): Promise<boolean> {
  const stored = await store.gets(KEY)
  return stored !== undefined && open(codec.format, ORIGIN, stored.bytes) !== undefined
}

describe('a neighbour with a source of its own, the same key and the same format', () => {
  let neighbour: Process
  let process: Process

  beforeEach(() => {
    const theirSource = new TestSource()
    theirSource.value = theirs(1_000)
    neighbour = start(theirSource)
    process = start()
  })

  test('causes a miss only once: while the neighbour is quiet, reads are hits again', async () => {
    await neighbour.cache.read(KEY)
    expect((await process.cache.read(KEY)).outcome).toBe('miss')
    expect((await process.cache.read(KEY)).outcome).toBe('hit')
  })

  test('confirms no write: a write is answered when its own value is stored', async () => {
    await neighbour.cache.read(KEY)
    const unhurried = start(source, 600_000)
    await unhurried.cache.write(KEY, () => source.commit())
    expect(await isOurs()).toBe(true)
  })

  test('that comes between a write and its publish does not make a late writer overwrite a newer value', async () => {
    await process.cache.read(KEY)
    const paused = pauseBefore(store, 'cas')
    const late = process.cache.write(KEY, () => source.commit('two'))
    await paused.reached
    await start().cache.write(KEY, () => source.commit('three'))
    await put(theirs(1_000))
    paused.resume()
    await late
    expect(await process.cache.read(KEY)).toMatchObject({ value: { text: 'three' } })
    expect(await start().cache.read(KEY)).toMatchObject({ value: { text: 'three' } })
  })

  test('does not raise the version below which nothing is shown', async () => {
    await process.cache.read(KEY)
    await put(theirs(1_000_000))
    await process.cache.read(KEY)
    await put(numbered(1, 'one'))
    expect(await process.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { text: 'one' } })
  })

  test('is not shown as last known either', async () => {
    await process.cache.read(KEY)
    source.isAway = true
    await put(theirs(1_000))
    await until('the loss is noticed', async () => !(await process.cache.read(KEY)).current)
    expect((await process.cache.read(KEY)).value.text).toBe('one')
  })
})

describe('while a process does not know its source', () => {
  test('it shows nothing from the cache, although the entry may be right', async () => {
    await put(numbered(1, 'one'))
    source.isAway = true
    await expect(start().cache.read(KEY)).rejects.toBeInstanceOf(Down)
  })

  test('all reads wait until the source has named its origin, but only once', async () => {
    source.isAway = true
    const process = start()
    expect(await process.cache.identifySource()).toBeUndefined()
    source.isAway = false
    await until('it is back', async () => (await process.cache.identifySource()) === ORIGIN)
    const { checks } = source
    expect(await process.cache.identifySource()).toBe(ORIGIN)
    expect(source.checks).toBe(checks)
  })
})

describe('a source that is replaced under a running process', () => {
  test.each([1, 1_000])('is shown within a lease, be its version (%i) older or newer', async (version) => {
    const process = start()
    source.value = numbered(500)
    await process.cache.read(KEY)
    source.value = theirs(version)
    await until('it is shown', async () => (await process.cache.read(KEY)).value.text === 'theirs', 1000)
    await until('from the cache too', async () => (await process.cache.read(KEY)).outcome === 'hit')
    expect((await process.cache.write(KEY, () => source.commit())).value.origin).toBe(THEIR_ORIGIN)
  })

  test('leaves no value of the earlier source to be shown as last known', async () => {
    const process = start()
    source.value = numbered(500)
    await process.cache.read(KEY)
    source.value = theirs(3)
    const load = jest.spyOn(source, 'load').mockRejectedValue(new Down('not yet'))
    await until(
      'the new one is known',
      async () => (await process.cache.identifySource()) === THEIR_ORIGIN || read(process),
    )
    await expect(process.cache.read(KEY)).rejects.toBeInstanceOf(Down)
    load.mockRestore()
  })

  test('is shown to a read that began while the earlier source was away', async () => {
    const process = start()
    await process.cache.read(KEY)
    source.isAway = true
    await until('the loss is noticed', async () => !(await process.cache.read(KEY)).current)
    const lookup = pauseBefore(store, 'touch')
    const slow = process.cache.read(KEY)
    await lookup.reached
    source.value = theirs(7)
    source.isAway = false
    await until('the new source is used', () => process.said.at(-1) === 'regained')
    lookup.resume()
    expect(await slow).toMatchObject({ current: true, value: theirs(7) })
  })

  test('is not mistaken for the earlier source because of an answer that was under way', async () => {
    const process = start()
    await process.cache.read(KEY)
    const load = pauseAfter(source, 'load')
    await store.delete(KEY)
    const slow = process.cache.read(KEY) // the old source has answered
    await load.reached
    source.value = theirs(7)
    // Another answer tells of the new source meanwhile.
    const other = process.cache.bypass(KEY, async () => source.value)
    await until(
      'the new source is known',
      async () => (await process.cache.identifySource()) === THEIR_ORIGIN,
    )
    load.resume()
    expect((await slow).value).toEqual(theirs(7))
    await other
    expect(await process.cache.identifySource()).toBe(THEIR_ORIGIN)
    expect((await process.cache.read(KEY)).value).toEqual(theirs(7))
  })

  test('is asked again if a later page came from the earlier source', async () => {
    const process = start()
    await process.cache.read(KEY)
    const pages = [source.value, theirs(7)]
    const slow = process.cache.bypass(KEY, async () => {
      const page = pages.shift() ?? theirs(8)
      if (page.origin === ORIGIN) {
        source.value = theirs(7)
        await process.cache.write(KEY, async () => ({ value: source.value }))
      }
      return page
    })
    expect(await slow).toEqual(theirs(7))
  })
})

/** @returns never true: keeps a process in use */
async function read(process: Process): Promise<false> {
  await process.cache.read(KEY).catch(() => {})
  return false
}
