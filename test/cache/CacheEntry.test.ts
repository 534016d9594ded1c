import { jest } from '@jest/globals'
import { CacheEntry } from '../../src/cache/CacheEntry.js'
import { open, placeholder } from '../../src/cache/envelope.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { pauseBefore } from '../support/gates.js'
import { codec, KEY, type Numbered, numbered, ORIGIN, sealed } from './processes.js'

let store: MemoryStore
let entry: CacheEntry<Numbered>
/** What the entry has reported. */
let newer: number[]
let twoContents: number[]

beforeEach(() => {
  store = new MemoryStore({ ttlSeconds: 500 })
  newer = []
  twoContents = []
  entry = start()
})

function start(decode = codec.decode): CacheEntry<Numbered> {
  const onNewer = ({ version }: Numbered) => newer.push(version)
  return new CacheEntry({
    store,
    key: KEY,
    codec: { ...codec, decode },
    onNewer,
    onTwoContents: (version) => twoContents.push(version),
  })
}

/** Stores an entry in any case. @returns its token */
async function put(bytes: Buffer): Promise<object> {
  await store.delete(KEY)
  return (await store.add(KEY, bytes)) ?? {}
}

async function storedVersion(): Promise<number | undefined> {
  const stored = await store.gets(KEY)
  return stored && open(codec.format, ORIGIN, stored.bytes)?.version
}

describe('a replacement', () => {
  test('takes the place of an older value', async () => {
    await put(sealed(numbered(1)))
    expect(await entry.replaceIfOlder(numbered(2))).toBe('stored')
    expect(await storedVersion()).toBe(2)
  })

  test.each([2, 3])('of version 2 leaves version %i alone', async (present) => {
    const token = await put(sealed(numbered(present)))
    expect(await entry.replaceIfOlder(numbered(2))).toBe('stored')
    expect((await store.gets(KEY))?.token).toBe(token)
    expect(newer).toEqual(present === 3 ? [3] : [])
  })

  test('does not fill an empty key: something newer may have been there', async () => {
    expect(await entry.replaceIfOlder(numbered(2))).toBe('absent')
    expect(await store.gets(KEY)).toBeUndefined()
  })

  test.each([
    ['a placeholder', placeholder(codec.format)],
    ['something unfamiliar', Buffer.from('hello')],
  ])('does not take the place of %s, which a load under way is about to fill', async (_what, bytes) => {
    const token = await put(bytes)
    expect(await entry.replaceIfOlder(numbered(2))).toBe('absent')
    expect((await store.gets(KEY))?.token).toBe(token)
  })

  test('asks nothing if its process has seen the entry, or has stored it', async () => {
    await put(sealed(numbered(1)))
    await entry.find(ORIGIN)
    const asked = [jest.spyOn(store, 'gets'), jest.spyOn(store, 'touch')]
    expect(await entry.replaceIfOlder(numbered(2))).toBe('stored')
    expect(await entry.replaceIfOlder(numbered(3))).toBe('stored')
    for (const spy of asked) expect(spy).not.toHaveBeenCalled()
    expect(await storedVersion()).toBe(3)
  })

  test.each([
    ['is newer', sealed(numbered(4)), 'stored', 4],
    ['is older', sealed(numbered(2)), 'stored', 3],
    ['is a placeholder', placeholder(codec.format), 'absent', undefined],
  ] as const)(
    'of version 3 asks again if something else is there by now, which %s',
    async (_what, bytes, settled, finally_) => {
      await put(sealed(numbered(1)))
      await entry.find(ORIGIN)
      await put(bytes)
      expect(await entry.replaceIfOlder(numbered(3))).toBe(settled)
      expect(await storedVersion()).toBe(finally_)
    },
  )

  test('does not fill a key that was emptied after its process saw the entry', async () => {
    await put(sealed(numbered(1)))
    await entry.find(ORIGIN)
    await store.delete(KEY)
    expect(await entry.replaceIfOlder(numbered(2))).toBe('absent')
    expect(await store.gets(KEY)).toBeUndefined()
  })

  test.each([2, 3])('of version %i does not replace version 3 that its process has seen', async (version) => {
    const token = await put(sealed(numbered(3)))
    await entry.find(ORIGIN)
    expect(await entry.replaceIfOlder(numbered(version))).toBe('stored')
    expect((await store.gets(KEY))?.token).toBe(token)
  })

  test('that is older than an entry which its process once saw asks for the present entry', async () => {
    await put(sealed(numbered(3)))
    await entry.find(ORIGIN)
    await put(sealed(numbered(1)))
    expect(await entry.replaceIfOlder(numbered(2))).toBe('stored')
    expect(await storedVersion()).toBe(2)
  })

  test('fetches what is there once if others have replaced it, and does not decode what it replaces', async () => {
    const decode = jest.fn(codec.decode)
    const ours = start(decode)
    await put(sealed(numbered(1)))
    await ours.find(ORIGIN)
    await start().replaceIfOlder(numbered(2))
    decode.mockClear()
    const calls = [jest.spyOn(store, 'touch'), jest.spyOn(store, 'gets'), jest.spyOn(store, 'cas')]
    expect(await ours.replaceIfOlder(numbered(3))).toBe('stored')
    expect(calls.map((spy) => spy.mock.calls.length)).toEqual([0, 1, 2])
    expect(decode).not.toHaveBeenCalled()
  })

  test('is repeated if an older one overtook it', async () => {
    await put(sealed(numbered(1)))
    const cas = pauseBefore(store, 'cas')
    const replacement = entry.replaceIfOlder(numbered(3))
    await cas.reached
    await start().replaceIfOlder(numbered(2))
    cas.resume()
    expect(await replacement).toBe('stored')
    expect(await storedVersion()).toBe(3)
  })
})

describe('a fill token', () => {
  test('leaves a placeholder if nothing is there, and works for one fill', async () => {
    const token = (await entry.acquireFillToken()) ?? {}
    expect((await store.gets(KEY))?.bytes).toEqual(placeholder(codec.format))
    expect(await entry.fill(numbered(1), token)).toBe('stored')
    expect(await storedVersion()).toBe(1)
  })

  test('shares the placeholder of a quicker process', async () => {
    const add = pauseBefore(store, 'add')
    const slow = entry.acquireFillToken()
    await add.reached
    const quick = await entry.acquireFillToken()
    add.resume()
    expect(quick).toBeDefined()
    expect(await slow).toBe(quick)
  })
})

describe('a fill with what was loaded', () => {
  test('overwrites the entry of its token, even if that has another format', async () => {
    const token = await put(Buffer.from('hello'))
    expect(await entry.fill(numbered(2), token)).toBe('stored')
    expect(await storedVersion()).toBe(2)
  })

  test.each([
    ['keeps out of the way of a newer value', sealed(numbered(3)), 'stored', 3],
    ['still takes the place of an older value', sealed(numbered(1)), 'stored', 2],
    ['leaves the placeholder of another process alone', placeholder(codec.format), 'absent', undefined],
  ] as const)('%s, if its token was broken', async (_what, bytes, settled, finally_) => {
    const token = await put(placeholder(codec.format))
    await put(bytes)
    expect(await entry.fill(numbered(2), token)).toBe(settled)
    expect(await storedVersion()).toBe(finally_)
  })

  test('leaves an empty key empty if an eviction broke its token', async () => {
    const token = (await entry.acquireFillToken()) ?? {}
    await store.delete(KEY)
    expect(await entry.fill(numbered(2), token)).toBe('absent')
    expect(await store.gets(KEY)).toBeUndefined()
  })
})

test('the same version is decoded once', async () => {
  let decoded = 0
  const reader = start((body, stamp) => {
    decoded++
    return codec.decode(body, stamp)
  })
  await put(sealed(numbered(1)))
  await reader.find(ORIGIN)
  expect((await reader.find(ORIGIN))?.value).toEqual(numbered(1))
  await put(sealed(numbered(1))) // stored anew, with another token
  expect((await reader.find(ORIGIN))?.value).toEqual(numbered(1))
  expect(decoded).toBe(1)
  await put(sealed(numbered(2)))
  expect((await reader.find(ORIGIN))?.value).toEqual(numbered(2))
})

test('an unfamiliar entry is never taken for a value', async () => {
  const reader = start(() => undefined)
  await put(sealed(numbered(1)))
  for (let i = 0; i < 2; i++) expect((await reader.find(ORIGIN))?.value).toBeUndefined()
})

test('a value that is known of one source is not found for another, nor for one that is not known yet', async () => {
  await put(sealed(numbered(1)))
  expect((await entry.find(ORIGIN))?.value).toEqual(numbered(1))
  expect((await entry.find('source/2'))?.value).toBeUndefined()
  expect((await entry.find(undefined))?.value).toBeUndefined()
})

test('a store without room gives no fill token', async () => {
  jest.spyOn(store, 'add').mockResolvedValue(undefined)
  expect(await entry.acquireFillToken()).toBeUndefined()
})

test.each([
  [0, 'stored', 2],
  [1, 'cleared', undefined],
] as const)('the largest entry has 900,000 bytes; with %i more it is %s', async (more, result, left) => {
  await put(sealed(numbered(1)))
  const header = sealed(numbered(2, '')).length
  expect(await entry.replaceIfOlder(numbered(2, 'x'.repeat(900_000 - header + more)))).toBe(result)
  expect(await storedVersion()).toBe(left)
})

test('two contents of one version are reported; of two versions or two sources they are not', () => {
  entry.compare(numbered(1, 'one'), numbered(2, 'two'))
  entry.compare(numbered(1, 'one'), numbered(1, 'theirs', 'source/2'))
  entry.compare(numbered(1, 'one'), numbered(1, 'one'))
  expect(twoContents).toEqual([])
  entry.compare(numbered(1, 'one'), numbered(1, 'two'))
  expect(twoContents).toEqual([1])
})
