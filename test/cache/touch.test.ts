import { jest } from '@jest/globals'
import fc from 'fast-check'
import type { MemcacheStore, Token } from '../../src/cache/index.js'
import { until } from '../support/poll.js'
import { memcached } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'
import { KEY, startProcess, TestSource } from './processes.js'
import { OPCODE, STATUS, startScriptedMemcache } from './scriptedMemcache.js'

const ONE = Buffer.from('one')
const TTL_SECONDS = 500 // as startStore has it

let store: MemcacheStore
let now: ReturnType<typeof jest.spyOn>

beforeEach(async () => {
  ;({ store } = await startStore([memcached.port]))
  now = jest.spyOn(Date, 'now')
})

afterEach(() => {
  now.mockRestore()
})

async function add(to = store): Promise<Token> {
  return (await to.add(KEY, ONE)) as Token
}

/** How many seconds memcached gives the entry. */
async function secondsLeft(): Promise<number> {
  const answer = await memcached.command(`mg ${KEY} t`)
  return Number(/^HD t(-?\d+)/.exec(answer)?.[1] ?? Number.NaN)
}

/** From now on it is so much later, or earlier. */
function passSeconds(seconds: number): void {
  const laterMs = Date.now() + seconds * 1000
  now.mockReturnValue(laterMs)
}

describe('a touch', () => {
  test.each([
    ['all was flushed', 'flush_all'],
    ['another app has overwritten it', `set ${KEY} 0 0 5\r\nhello`],
  ])('says no if %s since', async (_what, command) => {
    const token = await add()
    await memcached.command(command)
    expect(await store.touch(KEY, token)).toBe(false)
  })

  test('carries no value, no matter how long it is', async () => {
    const token = (await store.add(KEY, Buffer.alloc(800_000, 'x'))) as Token
    const { bytes_written: before = 0 } = await memcached.stats()
    for (let i = 0; i < 100; i++) expect(await store.touch(KEY, token)).toBe(true)
    const { bytes_written: after = 0 } = await memcached.stats()
    expect(after - before).toBeLessThan(100 * 100)
  })
})

describe('the time to live', () => {
  test('is counted from when the entry was stored, to the second, no matter how often it was touched', async () => {
    const ages = fc.double({ min: 0, max: TTL_SECONDS - 3, noNaN: true })
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), ages, async (fraction, ageSeconds) => {
        const storedAtMs = 1_795_478_400_000 + fraction * 1000
        now.mockReturnValue(storedAtMs)
        await store.delete(KEY)
        const token = await add()
        now.mockReturnValue(storedAtMs + ageSeconds * 1000)
        expect(await store.touch(KEY, token)).toBe(true)
        const left = await secondsLeft()
        expect(left).toBeLessThanOrEqual(TTL_SECONDS - ageSeconds)
        expect(left).toBeGreaterThanOrEqual(TTL_SECONDS - ageSeconds - 4)
      }),
      { numRuns: 30 },
    )
  })

  test('is the same for the process that stored the entry and for one that fetched it', async () => {
    await add()
    const { store: other } = await startStore([memcached.port])
    passSeconds(100)
    const { token = {} } = (await other.gets(KEY)) ?? {}
    expect(await other.touch(KEY, token)).toBe(true)
    expect(await secondsLeft()).toBeLessThanOrEqual(TTL_SECONDS - 100)
  })

  test.each([
    ['is nearly over', TTL_SECONDS - 1],
    ['would be longer than it ever is, because a clock was set back', -3600],
  ])('is left as it is if it %s: then the entry is fetched', async (_what, seconds) => {
    const token = await add()
    const before = await secondsLeft()
    passSeconds(seconds)
    expect(await store.touch(KEY, token)).toBe(false)
    expect(await secondsLeft()).toBeGreaterThanOrEqual(before - 2)
  })

  test('of an entry that does not say when it was stored is not touched', async () => {
    await memcached.command(`set ${KEY} 0 100 3\r\none`)
    const { token = {} } = (await store.gets(KEY)) ?? {}
    expect(await store.touch(KEY, token)).toBe(false)
    expect(await secondsLeft()).toBeGreaterThan(97)
  })
})

test.each([
  ['without a token', STATUS.ok, 0],
  ['that it does not know this command', STATUS.unknownCommand, 1],
])(
  'a server that answers a touch %s is found out once, and is asked by get from then on',
  async (_what, status, token) => {
    const scripted = await startScriptedMemcache()
    const { store: careful, said } = await startStore([scripted.port])
    scripted.statuses.set(OPCODE.add, STATUS.ok)
    scripted.statuses.set(OPCODE.touch, status)
    scripted.tokens.set(OPCODE.touch, token)
    const added = await add(careful)
    for (let i = 0; i < 5; i++) expect(await careful.touch(KEY, added)).toBe(false)
    expect(scripted.requests.filter((opcode) => opcode === OPCODE.touch)).toHaveLength(1)
    expect(said).toEqual([])
  },
)

test('a process that knows the entry fetches nothing for a hit, until another one has changed it', async () => {
  const source = new TestSource()
  const { store: otherStore } = await startStore([memcached.port])
  const [one, two] = [startProcess(source, store), startProcess(source, otherStore)]
  // On a busy machine a read gives up on storing what it has loaded; the next one stores it.
  for (const { cache } of [one, two])
    await until('it is cached', async () => (await cache.read(KEY)).outcome === 'hit')
  const gets = jest.spyOn(store, 'gets')
  for (let i = 0; i < 10; i++) expect((await one.cache.read(KEY)).outcome).toBe('hit')
  expect(gets).not.toHaveBeenCalled()

  await two.cache.write(KEY, () => source.commit())
  expect(await one.cache.read(KEY)).toMatchObject({ outcome: 'hit', value: { version: 2 } })
  expect(gets).toHaveBeenCalledTimes(1)
  await until('it is fetched no more', async () => {
    gets.mockClear()
    await one.cache.read(KEY)
    return gets.mock.calls.length === 0
  })
  for (const { cache } of [one, two]) cache.close()
})
