import type { MemcacheStore } from '../../src/cache/MemcacheStore.js'
import { type Fault, FaultyProxy } from '../support/FaultyProxy.js'
import { pauseAfter, pauseBefore } from '../support/gates.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { sample } from '../support/sample.js'
import { memcached, storedVersion } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'
import { KEY, type Process, startProcess, TestSource } from './processes.js'

/** Short, because a write that can't reach the cache waits for it. */
const LEASE_MS = 80
/** As by default: answers that are later are a fault here. */
const DEADLINE_MS = 50

// Web processes with one source and one memcached between them, to which each has a network of its own.
interface WebProcess extends Process {
  readonly store: MemcacheStore
  readonly network: FaultyProxy
}

let source: TestSource
let one: WebProcess
let two: WebProcess

beforeEach(async () => {
  source = new TestSource()
  one = await startWebProcess()
  two = await startWebProcess()
})

afterEach(end)

async function end(): Promise<void> {
  for (const { cache, network } of [one, two]) {
    cache.close()
    await network.close()
  }
}

async function startWebProcess(options: object = { deadlineMs: DEADLINE_MS }): Promise<WebProcess> {
  const network = await FaultyProxy.start(memcached.port)
  const { store } = await startStore([network.port], options)
  return { ...startProcess(source, store, { leaseMs: LEASE_MS }), store, network }
}

/** Writes with either process in turn; after each answer the very next read of both must show it. */
async function writeAndCompare(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const writer = turn % 2 === 0 ? one : two
    const { value } = await writer.cache.write(KEY, () => source.commit(`turn ${turn}`))
    const readings = await Promise.all([one.cache.read(KEY), two.cache.read(KEY)])
    expect(readings).toMatchObject([
      { current: true, value },
      { current: true, value },
    ])
  }
}

async function bothHit(): Promise<void> {
  await until('both processes are served from the cache', async () => {
    const readings = [await one.cache.read(KEY), await two.cache.read(KEY)]
    return readings.every(({ outcome }) => outcome === 'hit')
  })
}

const FAULTS: [string, Fault][] = [
  ['all is well', { kind: 'healthy' }],
  ['memcache is out of reach', { kind: 'refuse' }],
  ['its connections are reset', { kind: 'reset' }],
  ['memcache never answers', { kind: 'swallow' }],
  ['its connections are cut in the middle of a response', { kind: 'cutAfter', responseBytes: 30 }],
  ['responses stop in the middle', { kind: 'stallAfter', responseBytes: 30 }],
  ['memcache answers too late', { kind: 'delay', responseMs: 70 }],
  ['its requests arrive too late', { kind: 'delay', requestMs: 70 }],
]

test.each(sample(FAULTS))(
  'each write is seen on the next read of all processes while, for one of them, %s',
  async (_, fault) => {
    await bothHit()
    await one.network.setFault(fault)
    await writeAndCompare(6)
    await one.network.heal()
    await writeAndCompare(2)
    await bothHit()
  },
)

test('entries of a cache that was out of reach are not trusted when it comes back', async () => {
  await bothHit()
  for (const { network } of [one, two]) await network.setFault({ kind: 'refuse' })
  await writeAndCompare(2)
  expect(await storedVersion()).toBe(1)
  for (const { network } of [one, two]) await network.heal()
  await until('both reach it again', async () => {
    for (const { cache } of [one, two]) expect((await cache.read(KEY)).value.version).toBe(3)
    return (await storedVersion()) === 3
  })
  await bothHit()
})

test('a memcached that is stopped, continues, is killed and restarts empty makes nothing stale', async () => {
  await bothHit()
  memcached.pause()
  await writeAndCompare(2)
  memcached.resume()
  await writeAndCompare(2)
  await memcached.kill()
  await writeAndCompare(2)
  await memcached.start()
  await writeAndCompare(2)
  await bothHit()
})

test('flushes make nothing stale', async () => {
  for (let i = 0; i < 5; i++) {
    await memcached.command('flush_all')
    await writeAndCompare(2)
  }
})

describe('a compare-and-swap that the network delivers late is refused', () => {
  beforeEach(async () => {
    await end()
    // More patient: on a busy machine, too, a token and a publish must come in time.
    one = await startWebProcess({})
    two = await startWebProcess({})
  })

  async function delivered(network: FaultyProxy): Promise<void> {
    const { cas_badval: before = 0 } = await memcached.stats()
    network.release()
    await until('it is refused', async () => ((await memcached.stats()).cas_badval ?? 0) > before)
  }

  test('of a slow reader', async () => {
    const load = pauseAfter(source, 'load')
    const slowReader = one.cache.read(KEY) // has a token, and has read version 1
    await load.reached
    await one.network.setFault({ kind: 'hold' })
    load.resume()
    expect(await slowReader).toMatchObject({ outcome: 'bypass', value: { version: 1 } })
    await two.cache.write(KEY, () => source.commit())
    await delivered(one.network)
    expect(await storedVersion()).toBe(2)
  })

  test('of a writer', async () => {
    await bothHit()
    const cas = pauseBefore(one.store, 'cas')
    const slowWrite = one.cache.write(KEY, () => source.commit('two')) // has a token, and is about to use it
    await cas.reached
    await one.network.setFault({ kind: 'hold' })
    cas.resume()
    await slowWrite
    await two.cache.write(KEY, () => source.commit('three'))
    await delivered(one.network)
    expect(await storedVersion()).toBe(3)
  })
})

test('a full memcached that refuses to store makes nothing stale', async () => {
  const full = await startMemcached({ args: ['-M', '-m', '2'] })
  const stores = [await startStore([full.port]), await startStore([full.port])].map(({ store }) => store)
  const [first, second] = stores.map((store) => startProcess(source, store)) as [Process, Process]
  await first.cache.read(KEY)
  await fill(full)

  const outcomes = new Set<string>()
  for (let turn = 0; turn < 5; turn++) {
    const { value } = await first.cache.write(KEY, () => source.commit('x'.repeat(1000 + turn)))
    const reading = await second.cache.read(KEY)
    expect(reading).toMatchObject({ current: true, value })
    outcomes.add(reading.outcome)
  }
  expect(outcomes).toContain('miss') // it did refuse
  for (const { cache } of [first, second]) cache.close()
  await full.kill()
})

/** Takes all the room that there is for items as small as a placeholder and as large as a value. */
async function fill(full: Memcached): Promise<void> {
  for (const size of [10, 1000]) {
    const count = Math.ceil(4_000_000 / (size + 50))
    const fillers = Array.from(
      { length: count },
      (_, i) => `set ${size}-${i} 0 0 ${size}\r\n${'x'.repeat(size)}`,
    )
    expect(await full.command(fillers.join('\r\n'))).toContain('SERVER_ERROR')
  }
}
