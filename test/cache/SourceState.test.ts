import { jest } from '@jest/globals'
import { until } from '../support/poll.js'
import { Down, KEY, ORIGIN, type Process } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

let process: Process

beforeEach(() => {
  process = startProcess(source, store)
})

/** Lets the process go on for as long as a breaker would need to open and close several times. */
async function readFor(durationMs: number): Promise<void> {
  const endMs = performance.now() + durationMs
  await until('the time is over', async () => {
    await process.cache.read(KEY).catch(() => {})
    return performance.now() > endMs
  })
}

test('a source that answers with its version but not with the value is lost once, and regained when it answers with both', async () => {
  await process.cache.read(KEY)
  await store.delete(KEY)
  const load = jest.spyOn(source, 'load').mockRejectedValue(new Down('permission denied for table item'))
  await until('it is lost', async () => !(await process.cache.read(KEY)).current)
  await readFor(500)
  expect(process.said).toEqual(['lost'])
  expect(await process.cache.read(KEY)).toMatchObject({ current: false, value: { version: 1 } })
  load.mockRestore()
  await until('it is back', async () => (await process.cache.read(KEY)).current)
  expect(process.said).toEqual(['lost', 'regained'])
})

test('a source that comes back is regained though the key with which it was lost fails by an error of its own', async () => {
  await process.cache.read(KEY)
  source.isAway = true
  await process.cache.read('gone').catch(() => {})
  await until('it is lost', () => process.said.includes('lost'))
  const load = jest.spyOn(source, 'load').mockRejectedValue(new TypeError('no such row'))
  jest.spyOn(source, 'versions').mockImplementation(async (keys) => {
    if (source.isAway) throw new Down('the source is away')
    if (keys.includes('gone')) throw new TypeError('no such row')
    return { origin: ORIGIN, versions: new Map(keys.map((key) => [key, 1])) }
  })
  source.isAway = false
  await until('it is back', () => process.said.includes('regained'))
  load.mockRestore()
  expect(await process.cache.read(KEY)).toMatchObject({ current: true })
  await readFor(300)
  expect(process.said).toEqual(['lost', 'regained'])
})

test('a probe that fails by an error of its own says nothing of a source that is still away', async () => {
  await process.cache.read(KEY)
  source.isAway = true
  await until('it is lost', async () => !(await process.cache.read(KEY)).current)
  const versions = jest.spyOn(source, 'versions').mockRejectedValue(new TypeError('not connected yet'))
  jest.spyOn(source, 'load').mockRejectedValue(new TypeError('not connected yet'))
  await until('it was probed', () => versions.mock.calls.length > 2)
  expect(process.said).toEqual(['lost'])
})

test.each([
  ['load', 'load'],
  ['version check', 'versions'],
] as const)(
  'a %s that fails by a bug fails its reads, which show nothing last known',
  async (_what, query) => {
    process = startProcess(source, store, { leaseMs: 0 })
    await process.cache.read(KEY)
    await store.delete(KEY)
    const failing = jest.spyOn(source, query).mockRejectedValue(new TypeError('a bug'))
    await expect(process.cache.read(KEY)).rejects.toThrow('a bug')
    await readFor(300)
    expect(process.said).toEqual([])
    failing.mockRestore()
    expect(await process.cache.read(KEY)).toMatchObject({ current: true, value: { version: 1 } })
  },
)

test.each([new Down('gone'), new TypeError('a bug'), 'no error at all'])(
  'a write that was made is answered though the load that would fill the cache fails (%s)',
  async (reason) => {
    const load = jest.spyOn(source, 'load').mockRejectedValue(reason)
    expect((await process.cache.write(KEY, () => source.commit())).value.version).toBe(2)
    load.mockRestore()
    await until(
      'it is shown',
      async () => (await process.cache.read(KEY).catch(() => undefined))?.value.version === 2,
    )
  },
)

describe('a later page that fails', () => {
  test('does not make the source lost for all keys if its version can be read', async () => {
    await process.cache.read(KEY)
    for (let i = 0; i < 20; i++) {
      await expect(
        process.cache.bypass(KEY, () => Promise.reject(new Down('too many of these'))),
      ).rejects.toThrow(Down)
    }
    await readFor(300)
    expect(process.said).toEqual([])
    expect(await process.cache.read(KEY)).toMatchObject({ current: true })
  })

  test('has the version checked even during a long lease, so that a lost source is noticed', async () => {
    const unhurried = startProcess(source, store, { leaseMs: 600_000 })
    await unhurried.cache.read(KEY)
    source.isAway = true
    await expect(unhurried.cache.bypass(KEY, () => source.load(KEY))).rejects.toThrow(Down)
    await until('it is noticed', () => unhurried.said.includes('lost'))
    await expect(unhurried.cache.write(KEY, () => source.commit())).rejects.toThrow(Down)
  })
})
