import type { CacheStore } from '../../src/cache/CacheStore.js'
import { open } from '../../src/cache/envelope.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { pauseAfter, pauseBefore } from '../support/gates.js'
import { until } from '../support/poll.js'
import { codec, Down, numbered, ORIGIN, type Process, sealed, startProcess, TestSource } from './processes.js'

let source: TestSource
let store: CacheStore
let processes: Process[]

beforeEach(() => {
  source = new TestSource()
  store = new MemoryStore({ ttlSeconds: 500 })
  processes = []
})

afterEach(() => {
  for (const { cache } of processes) cache.close()
})

function start(leaseMs = 200): Process {
  const process = startProcess(source, store, { leaseMs })
  processes.push(process)
  return process
}

async function storedVersion(): Promise<number | undefined> {
  const stored = await store.gets('value')
  return stored && open(codec.format, ORIGIN, stored.bytes)?.version
}

describe('a load under way', () => {
  test('is waited for by those who come later: they find in the cache what it put there', async () => {
    const process = start()
    const load = pauseAfter(source, 'load')
    const early = process.cache.read()
    await load.reached
    const late = Array.from({ length: 100 }, () => process.cache.read())
    load.resume()
    expect((await early).outcome).toBe('miss')
    expect((await Promise.all(late)).map(({ outcome }) => outcome)).toEqual(late.map(() => 'hit'))
    expect(source.loads).toBe(1)
  })

  test('is followed by one more for all who come later, where the cache did not take it', async () => {
    const process = start()
    const load = pauseAfter(source, 'load')
    const early = process.cache.read()
    await load.reached
    await start().cache.write(() => source.commit())
    await store.delete('value')
    const { loads } = source
    const late = Array.from({ length: 100 }, () => process.cache.read())
    load.resume()
    await early
    expect(new Set((await Promise.all(late)).map(({ value }) => value.version))).toEqual(new Set([2]))
    expect(source.loads - loads).toBe(1)
  })

  test('that fails fails nobody who came later', async () => {
    const process = start()
    source.load = () => Promise.reject(new RangeError('an accident'))
    const load = pauseAfter(source, 'load')
    const early = expect(process.cache.read()).rejects.toThrow('an accident')
    await load.reached
    const late = process.cache.read()
    Reflect.deleteProperty(source, 'load')
    load.resume()
    await early
    expect((await late).value.version).toBe(1)
  })

  test('that a write of its own process overtakes shows that write, and takes nothing back', async () => {
    const process = start(50)
    const load = pauseAfter(source, 'load')
    const slow = process.cache.read() // version 1 was read
    await load.reached
    const write = process.cache.write(() => source.commit())
    await until('the cache is waited for no longer', async () => (await write).value.version === 2)
    load.resume()
    expect((await slow).value.version).toBe(2)
    expect(await storedVersion()).toBe(2)
  })
})

describe('a look under way', () => {
  test('covers what it saw, not what was written until it was answered', async () => {
    const early = start()
    await early.cache.read()
    early.cache.close()
    const reader = start()
    const look = pauseAfter(source, 'version')
    const reading = reader.cache.read()
    await look.reached // it has seen version 1
    const stuck = pauseBefore(store, 'gets')
    await start().cache.write(() => source.commit()) // waits out all leases, since the cache didn't get it
    stuck.resume()
    look.resume()
    await reading
    expect((await reader.cache.read()).value.version).toBe(2)
  })

  test('that a write overtakes is not taken for lost history', async () => {
    const process = start()
    const look = pauseAfter(source, 'version')
    const slow = process.cache.read()
    await look.reached
    await process.cache.write(() => source.commit())
    look.resume()
    await slow
    expect(await storedVersion()).toBe(2)
    expect(await process.cache.read()).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  })
})

describe('where the cache hangs, a read that misses does without it', () => {
  test.each(['add', 'cas'] as const)('in %s', async (operation) => {
    const process = start()
    const stuck = pauseBefore(store, operation)
    expect(await process.cache.read()).toMatchObject({
      value: { version: 1 },
      outcome: 'bypass',
      detail: 'cache-unavailable',
      stored: false,
    })
    stuck.resume()
  })
})

describe('a question past the cache', () => {
  test('puts what it has found out into the cache before it is answered', async () => {
    const reader = start(Number.POSITIVE_INFINITY)
    await reader.cache.read()
    await source.commit() // by a writer who died
    const page = await start().cache.ask(async () => ({ ...source.value, page: 'later' }))
    expect(page).toMatchObject({ version: 2, page: 'later' })
    expect(await reader.cache.read()).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  })

  test('lets its process show nothing older from then on', async () => {
    const process = start(600_000)
    await process.cache.read()
    await process.cache.ask(async () => (await source.commit()).value)
    await store.delete('value')
    await store.add('value', sealed(numbered(1, 'one'))) // an older entry comes back
    expect((await process.cache.read()).value.version).toBe(2)
  })

  test('finds out that the source is away: reads are no longer current, lease or not', async () => {
    const process = start(600_000)
    await process.cache.read()
    source.isAway = true
    expect((await process.cache.read()).current).toBe(true) // nobody has noticed
    await expect(process.cache.ask(() => source.load())).rejects.toBeInstanceOf(Down)
    await until('it is noticed', async () => !(await process.cache.read()).current)
    expect(await process.cache.read()).toMatchObject({ current: false, value: { version: 1 } })
  })
})

test('an error that is no absence is not hidden behind the last known value', async () => {
  const process = start()
  await process.cache.read()
  await store.delete('value')
  source.load = async () => {
    throw new TypeError('a bug')
  }
  await expect(process.cache.read()).rejects.toThrow('a bug')
})

test.each([
  ['', false],
  [', not even whether it is back', true],
])('closed, a process asks the source nothing more%s', async (_what, isAway) => {
  const process = start(20)
  await process.cache.read()
  await process.cache.read()
  source.isAway = isAway
  await process.cache.ask(() => source.load()).catch(() => {})
  process.cache.close()
  const { looks } = source

  const clock = startProcess(new TestSource(), new MemoryStore({ ttlSeconds: 500 }), { leaseMs: 20 })
  processes.push(clock)
  await until('another process has looked ten times', async () => {
    await clock.cache.read()
    return clock.source.looks >= 10
  })
  expect(source.looks).toBe(looks)
})
