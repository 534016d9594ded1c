import { jest } from '@jest/globals'
import { CacheService, MemoryStore } from '../../src/cache/index.js'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import { CachedQueue, queueSource } from '../../src/queue/CachedQueue.js'
import type { Change, Snapshot } from '../../src/queue/Queue.js'
import { QueueRepository } from '../../src/queue/QueueRepository.js'
import { snapshotCodec } from '../../src/queue/snapshotCodec.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'

const PAGE_SIZE = 2

let repository: QueueRepository
let store: MemoryStore
let cache: CacheService<Snapshot>
let queue: CachedQueue
let changes: Change[]

useApp({ MEMCACHIER_SERVERS: '' })

beforeEach(async () => {
  await app.empty()
  const { database } = app.services
  repository = new QueueRepository({ database, pageSize: PAGE_SIZE, slowQueryMs: 0 })
  store = new MemoryStore({ ttlSeconds: 500 })
  cache = new CacheService({
    store,
    codec: snapshotCodec(PAGE_SIZE),
    source: queueSource(repository),
    sourceEvents: { onLost: () => {}, onRegained: () => {} },
    leaseMs: Number.POSITIVE_INFINITY,
  })
  changes = []
  queue = new CachedQueue({
    queue: repository,
    cache,
    cacheName: 'memory',
    onChange: (change) => changes.push(change),
  })
})

afterEach(() => cache.close())

const status = async () => (await queue.front()).cache

test('the first page says how the cache was used: loaded once, it is a hit', async () => {
  const { snapshot, current } = await queue.front()
  expect(current).toBe(true)
  expect(snapshot).toEqual(await repository.page(0))
  expect(await status()).toMatchObject({ name: 'memory', status: 'hit' })
  await store.delete('queue')
  expect(await status()).toMatchObject({ name: 'memory', status: 'fwd=miss; stored' })
})

test('a store without room is said to have stored nothing', async () => {
  jest.spyOn(store, 'add').mockResolvedValue(undefined)
  expect(await status()).toMatchObject({ name: 'memory', status: 'fwd=miss' })
})

test('without Postgres the page is the last one known, and the status says why', async () => {
  await queue.front()
  jest.spyOn(repository, 'page').mockRejectedValue(new DatabaseUnavailable('gone'))
  await store.delete('queue')
  await until('it is lost', async () => !(await queue.front()).current)
  expect(await status()).toMatchObject({ name: 'memory', status: 'fwd=bypass; detail=source-unavailable' })
})

test('a later page comes from Postgres', async () => {
  for (const add of ['a', 'b', 'c']) await queue.write({ add })
  const first = Number((await queue.front()).snapshot.next)
  const page = await queue.after(first)
  expect(page).toEqual({
    snapshot: await repository.page(first),
    current: true,
    cache: { name: 'memory', outcome: 'bypass', status: 'fwd=bypass; detail=later-page' },
  })
  expect(await queue.lastPageAfter()).not.toBeNull()
  expect(await queue.lastPageAfter()).toBe(await repository.lastPageAfter())
})

test('a write puts its page into the cache and is published; repeated with its key it answers the same', async () => {
  await queue.front()
  const change = await queue.write({ add: 'a' }, 'a key')
  expect(change.item?.text).toBe('a')
  expect(changes).toEqual([change])
  expect(await queue.front()).toMatchObject({ snapshot: change.front, cache: { status: 'hit' } })
  expect((await queue.write({ add: 'a' }, 'a key')).item).toEqual(change.item)
})
