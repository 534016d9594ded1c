import { jest } from '@jest/globals'
import { pauseAfter } from '../support/gates.js'
import { until } from '../support/poll.js'
import { Down, KEY, numbered, type Process } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

// What happens while a read or a write waits.
let process: Process

/** A lease so long that nothing is checked in the background. */
const UNHURRIED = { leaseMs: 600_000 }

beforeEach(() => {
  process = startProcess(source, store)
})

test('reads that come while a version check is under way wait for that one', async () => {
  await startProcess(source, store, UNHURRIED).cache.read(KEY)
  const { cache } = startProcess(source, store, UNHURRIED)
  const before = source.checks
  const check = pauseAfter(source, 'versions')
  const first = cache.read(KEY)
  await check.reached
  const second = cache.read(KEY)
  check.resume()
  expect(await Promise.all([first, second])).toMatchObject([{ outcome: 'hit' }, { outcome: 'hit' }])
  expect(source.checks).toBe(before + 1)
})

test('an entry that is fetched while another source takes the place of its own is not shown', async () => {
  source.value = numbered(500)
  await process.cache.read(KEY)
  const touch = pauseAfter(store, 'touch')
  const slow = process.cache.read(KEY)
  await touch.reached
  source.value = numbered(7, 'theirs', 'source/2')
  await process.cache.bypass(KEY, async () => source.value)
  touch.resume()
  expect((await slow).value).toEqual(source.value)
})

test('if the store has no room, the value comes from the source', async () => {
  jest.spyOn(store, 'add').mockResolvedValue(undefined)
  expect(await process.cache.read(KEY)).toEqual({
    value: source.value,
    current: true,
    outcome: 'miss',
    stored: false,
  })
})

test('a question that fails by a bug has no version checked; one that fails by an outage has', async () => {
  const unhurried = startProcess(source, store, UNHURRIED)
  await unhurried.cache.read(KEY)
  const before = source.checks
  await expect(unhurried.cache.bypass(KEY, () => Promise.reject(new TypeError('a bug')))).rejects.toThrow(
    'a bug',
  )
  for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  expect(source.checks).toBe(before)
  await expect(unhurried.cache.bypass(KEY, () => Promise.reject(new Down('gone')))).rejects.toThrow('gone')
  await until('its version is checked', () => source.checks === before + 1)
})

test('a bug in the store or in the source is thrown, and does not count as an outage', async () => {
  jest.spyOn(source, 'versions').mockRejectedValueOnce(new TypeError('a bug in the source'))
  await expect(process.cache.identifySource()).rejects.toThrow('a bug in the source')
  jest.spyOn(store, 'gets').mockRejectedValue(new TypeError('a bug in the store'))
  jest.spyOn(store, 'add').mockRejectedValue(new TypeError('a bug in the store'))
  await expect(process.cache.read(KEY)).rejects.toThrow('a bug in the store')
})
