import { jest } from '@jest/globals'
import fc from 'fast-check'
import { CacheService } from '../../src/cache/CacheService.js'
import { placeholder, seal } from '../../src/cache/envelope.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import type { Snapshot } from '../../src/queue/Queue.js'
import { snapshotCodec } from '../../src/queue/snapshotCodec.js'

// What comes out of a cache is input. Here the queue's own codec decides what is familiar.
const PAGE_SIZE = 2
const CODEC = snapshotCodec(PAGE_SIZE)
const TRUTH: Snapshot = {
  version: 7,
  origin: 'database/1',
  length: 1,
  items: [{ id: 3, text: 'milk' }],
  next: null,
}
const SEALED_TRUTH = seal(CODEC.format, TRUTH, CODEC.encode(TRUTH))

let store: MemoryStore
let cache: CacheService<Snapshot>

beforeEach(() => {
  store = new MemoryStore({ ttlSeconds: 500 })
  cache = start()
})

afterEach(() => {
  cache.close()
  jest.restoreAllMocks()
})

function start(codec = CODEC): CacheService<Snapshot> {
  return new CacheService({
    store,
    codec,
    source: {
      load: async () => TRUTH,
      versions: async (keys) => ({
        origin: TRUTH.origin,
        versions: new Map(keys.map((key) => [key, TRUTH.version])),
      }),
      isUnavailable: () => false,
    },
    leaseMs: Number.POSITIVE_INFINITY,
  })
}

function sealJson(version: number, value: unknown, format = CODEC.format): Buffer {
  return seal(format, { ...TRUTH, version }, Buffer.from(JSON.stringify(value)))
}

const NEWER = { ...TRUTH, version: 9 }
const THEIRS = { ...NEWER, origin: 'database/2' }

test.each([
  ['nothing at all', Buffer.alloc(0)],
  ['a placeholder', placeholder(CODEC.format)],
  ['words', Buffer.from('Hello, world\n')],
  ['bytes', Buffer.from([0, 255, 10, 0, 200, 13, 10])],
  ['a value of another format', sealJson(9, NEWER, 'queue/1')],
  ['a value whose format only begins like ours', sealJson(9, NEWER, `${CODEC.format}0`)],
  ['a value without its header', Buffer.from(JSON.stringify(NEWER))],
  ['a header that makes the value newer than it is', sealJson(9, TRUTH)],
  ['a header that makes the value older than it is', sealJson(7, NEWER)],
  ['a header alone', seal(CODEC.format, NEWER, Buffer.alloc(0))],
  ['a value of another database', seal(CODEC.format, THEIRS, CODEC.encode(THEIRS))],
  ['a value of another database under our header', sealJson(9, THEIRS)],
])('%s in the cache counts as a miss, and is replaced', async (_what, bytes) => {
  await store.add('queue', bytes)
  expect(await cache.read('queue')).toMatchObject({ outcome: 'miss', stored: true, value: TRUTH })
  expect((await store.gets('queue'))?.bytes).toEqual(SEALED_TRUTH)
})

test('an entry that the codec throws for counts as a miss, and is replaced; the first error is a warning', async () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const reader = start({ ...CODEC, decode: (body) => JSON.parse(body.toString()) as Snapshot })
  for (const key of ['one', 'two']) {
    await store.add(key, seal(CODEC.format, NEWER, Buffer.from('no JSON')))
    expect(await reader.read(key)).toMatchObject({ outcome: 'miss', stored: true, value: TRUTH })
    expect(await reader.read(key)).toMatchObject({ outcome: 'hit', value: TRUTH })
  }
  expect(warning.mock.calls).toEqual([[expect.stringMatching(/can't be decoded.*SyntaxError/)]])
  reader.close()
})

test('an entry that the codec throws for does not fail a write', async () => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const writer = start({ ...CODEC, decode: (body) => JSON.parse(body.toString()) as Snapshot })
  await store.add('queue', seal(CODEC.format, NEWER, Buffer.from('no JSON')))
  await writer.write('queue', async () => ({ value: TRUTH }))
  expect((await store.gets('queue'))?.bytes).toEqual(SEALED_TRUTH)
  writer.close()
})

const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes))

test.each([
  ['any bytes', anyBytes],
  ['any bytes behind a header of ours', anyBytes.map((body) => seal(CODEC.format, NEWER, body))],
  ['any JSON behind a header of ours', fc.jsonValue().map((value) => sealJson(9, value))],
])('%s in the cache do no harm', async (_what, arbitrary) => {
  await fc.assert(
    fc.asyncProperty(arbitrary, async (bytes) => {
      await store.delete('queue')
      await store.add('queue', bytes)
      const reader = start()
      expect((await reader.read('queue')).value).toEqual(TRUTH)
      reader.close()
    }),
  )
})
