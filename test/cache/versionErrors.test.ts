import { jest } from '@jest/globals'
import { VersionError } from '../../src/cache/index.js'
import { until } from '../support/poll.js'
import { KEY, type Numbered, numbered, ORIGIN, type Process, sealed } from './processes.js'
import { source, startProcess, store } from './sourceAndStore.js'

// If a source breaks the rules for versions, the app that uses the cache has a bug. The cache reports it.
let process: Process

beforeEach(() => {
  process = startProcess(source, store)
})

describe.each([0, -1, 1.5, Number.NaN, 2 ** 53])('version %d is an error', (version) => {
  test('of the read that loads it', async () => {
    jest.spyOn(source, 'load').mockResolvedValue(numbered(version))
    await expect(process.cache.read(KEY)).rejects.toThrow(VersionError)
  })

  test('of the read that checks it, and of no other key’s', async () => {
    const versions = new Map([
      [KEY, version],
      ['other', 1],
    ])
    jest.spyOn(source, 'versions').mockResolvedValue({ origin: ORIGIN, versions })
    const other = process.cache.read('other')
    await expect(process.cache.read(KEY)).rejects.toThrow(`"value": the source gave version ${version}`)
    expect((await other).value.version).toBe(1)
  })

  test('of the write that makes it', async () => {
    const write = process.cache.write(KEY, async () => ({ value: numbered(version) }))
    await expect(write).rejects.toThrow(VersionError)
  })
})

// Drivers return a bigint of the database as a string or a BigInt.
test.each([
  ['7', "version '7'"],
  [7n, 'version 7n'],
])('a version of another type is an error that shows the type (%s)', async (version, shown) => {
  source.value = { ...source.value, version: version as unknown as number }
  await expect(process.cache.read(KEY)).rejects.toThrow(
    `the source gave ${shown}; a version is a whole number`,
  )
})

test('a value that is not there, as the row of a query that found none, is an error that names the key', async () => {
  const nothing = undefined as unknown as Numbered
  const problem = '"value": the source gave no version for this key'
  jest.spyOn(source, 'load').mockResolvedValue(nothing)
  await expect(process.cache.read(KEY)).rejects.toThrow(problem)
  await expect(process.cache.write(KEY, async () => ({ value: nothing }))).rejects.toThrow(problem)
})

test('a key whose version the source does not answer is an error', async () => {
  jest.spyOn(source, 'versions').mockResolvedValue({ origin: ORIGIN, versions: new Map() })
  await expect(process.cache.read(KEY)).rejects.toThrow('"value": the source gave no version for this key')
})

test.each(['', 'two words', 'two\nlines', 'ümlaut', 'x'.repeat(101), undefined, null, 7])(
  'the origin %j, which would not be read back as it is, is an error',
  async (origin) => {
    source.value = { ...numbered(1), origin: origin as string }
    await expect(process.cache.read(KEY)).rejects.toThrow(
      'an origin is a text of 1 to 100 visible ASCII characters',
    )
  },
)

test('a version that goes back is reported, and the current value of the source is shown', async () => {
  source.value = numbered(9)
  await process.cache.read(KEY)
  source.value = numbered(5)
  await until('it is shown', async () => (await process.cache.read(KEY)).value.version === 5)
  expect(process.versionErrors).toEqual(['"value": the source went back from version 9 to 5'])
})

test('a version that only the cache has is reported', async () => {
  await process.cache.read(KEY)
  await store.delete(KEY)
  await store.add(KEY, sealed(numbered(9)))
  await until('it is told', async () => {
    await process.cache.read(KEY)
    return process.versionErrors.length > 0
  })
  expect(process.versionErrors).toEqual([
    expect.stringContaining('"value": the cache held version 9, but the source has 1'),
  ])
})

describe('one version with two contents is reported', () => {
  test('when a write forgets to raise it', async () => {
    await process.cache.read(KEY)
    await process.cache.write(KEY, async () => ({ value: numbered(1, 'changed') }))
    expect(process.versionErrors).toEqual(['"value": version 1 has two contents'])
  })

  test('when it is loaded again', async () => {
    await process.cache.read(KEY)
    await store.delete(KEY)
    source.value = numbered(1, 'changed')
    await process.cache.read(KEY)
    expect(process.versionErrors).toEqual(['"value": version 1 has two contents'])
  })

  test('but not if the content is the same', async () => {
    await process.cache.read(KEY)
    await store.delete(KEY)
    source.value = numbered(1, 'one')
    await process.cache.read(KEY)
    await process.cache.write(KEY, async () => ({ value: numbered(1, 'one') }))
    expect(process.versionErrors).toEqual([])
  })
})
