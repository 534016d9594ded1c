import { jest } from '@jest/globals'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import type { PostgresDatabase } from '../../src/db/postgres/PostgresDatabase.js'
import { IdempotencyKeyReused } from '../../src/queue/Queue.js'
import { QueueRepository } from '../../src/queue/QueueRepository.js'
import { connectTo } from '../db/connectTo.js'
import { createMigratedDatabase, type TestDatabase } from '../support/database.js'
import { until } from '../support/poll.js'

const PAGE_SIZE = 2

let server: TestDatabase
let database: PostgresDatabase
let queue: QueueRepository

beforeAll(async () => {
  server = await createMigratedDatabase()
  database = connectTo(server.url)
  await until('it is connected', () => {
    database.connect() // again, if an attempt has failed
    return database.pools().every(({ idle }) => idle > 0)
  })
  queue = new QueueRepository({ database, pageSize: PAGE_SIZE, slowQueryMs: 0 })
})

afterAll(async () => {
  await database.close()
  await server.drop()
})

beforeEach(async () => {
  await server.execute('truncate item')
})

function texts({ items }: { items: readonly { text: string }[] }): string[] {
  return items.map(({ text }) => text)
}

/** @returns their ids */
async function add(...added: string[]): Promise<number[]> {
  const ids = []
  for (const text of added) ids.push((await queue.write({ add: text })).item?.id ?? 0)
  return ids
}

test('a page has as many items as fit, oldest first, and says where the next one begins', async () => {
  const ids = await add('a', 'b', 'c', 'd')
  const { snapshot, current } = await queue.front()
  expect(current).toBe(true)
  expect(snapshot).toMatchObject({ length: 4, next: ids[1] })
  expect(texts(snapshot)).toEqual(['a', 'b'])
  const second = await queue.after(Number(snapshot.next))
  expect(second.current).toBe(true)
  expect(second.snapshot).toMatchObject({ length: 4, next: null }) // full, and the last one all the same
  expect(texts(second.snapshot)).toEqual(['c', 'd'])
  expect((await queue.after(Number(ids[3]))).snapshot).toMatchObject({ items: [], next: null })
})

test('the last page begins behind the page before, and is the first one if all fits on it', async () => {
  expect(await queue.lastPageAfter()).toBeNull()
  const ids = await add('a', 'b')
  expect(await queue.lastPageAfter()).toBeNull()
  ids.push(...(await add('c', 'd')))
  expect(await queue.lastPageAfter()).toBe(ids[1])
  ids.push(...(await add('e')))
  const last = Number(await queue.lastPageAfter())
  expect((await queue.after(last)).snapshot).toMatchObject({ next: null, length: 5 })
  expect(texts((await queue.after(last)).snapshot)).toContain('e')
})

test('a later page knows the place of its first item in line', async () => {
  const ids = await add('a', 'b', 'c', 'd', 'e')
  expect((await queue.after(Number(ids[1]))).snapshot.firstPlace).toBe(3)
  expect((await queue.after(Number(ids[3]))).snapshot.firstPlace).toBe(5)
})

test('behind more items than are counted, only the last page knows its place', async () => {
  await server.execute(`insert into item (text) select n::text from generate_series(1, 10010) n`)
  const [start] = (await queue.front()).snapshot.items
  const behind = (count: number) => queue.after(Number(start?.id) + count - 1)
  expect((await behind(10_000)).snapshot.firstPlace).toBe(10_001)
  const uncounted = (await behind(10_005)).snapshot
  expect(texts(uncounted)).toEqual(['10006', '10007'])
  expect(uncounted).not.toHaveProperty('firstPlace')
  expect((await behind(10_008)).snapshot.firstPlace).toBe(10_009)
})

test('an empty queue has one empty page', async () => {
  expect((await queue.front()).snapshot).toMatchObject({ length: 0, items: [], next: null })
})

test('a version check names the version and the database of the page', async () => {
  await add('a')
  const { version, origin } = (await queue.front()).snapshot
  expect(await queue.version()).toEqual({ version, origin })
})

test('a write answers with its change and with the first page that it made', async () => {
  await add('a', 'b')
  const added = await queue.write({ add: 'c' })
  expect(added).toMatchObject({ item: { text: 'c' }, length: 3, version: added.front.version })
  expect(added.front).toEqual((await queue.front()).snapshot)
  const removed = await queue.write({ remove: 'oldest' })
  expect(removed).toMatchObject({ item: { text: 'a' }, length: 2, version: removed.front.version })
  expect(removed.version).toBeGreaterThan(added.version)
  expect(texts(removed.front)).toEqual(['b', 'c'])
})

test('a remove from an empty queue takes nothing, and makes no version', async () => {
  const { version } = await queue.version()
  expect(await queue.write({ remove: 'oldest' })).toMatchObject({ item: null, version, length: 0 })
})

test('a write that is repeated with its key is answered as the first time; another one with it is refused', async () => {
  const { item, version, length } = await queue.write({ add: 'a' }, 'a key')
  expect(await queue.write({ add: 'a' }, 'a key')).toMatchObject({ item, version, length })
  for (const other of [{ add: 'b' }, { remove: 'oldest' }] as const) {
    await expect(queue.write(other, 'a key')).rejects.toBeInstanceOf(IdempotencyKeyReused)
  }
  expect(texts((await queue.front()).snapshot)).toEqual(['a'])
})

test('of the writes in a batch only the one whose key was used is refused', async () => {
  await queue.write({ add: 'a' }, 'used')
  const outcomes = await Promise.allSettled([
    queue.write({ add: 'b' }),
    queue.write({ add: 'c' }, 'used'),
    queue.write({ remove: 'oldest' }, 'new'),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(texts((await queue.front()).snapshot)).toEqual(['b'])
})

test('a page takes at least as long as the slow query that was asked for', async () => {
  const slow = new QueueRepository({ database, pageSize: PAGE_SIZE, slowQueryMs: 100 })
  const beganAtMs = performance.now()
  await slow.front()
  expect(performance.now() - beganAtMs).toBeGreaterThanOrEqual(90) // a timer may be a little early
})

test('the first page has a lane of its own: a flood of later pages does not keep it waiting', async () => {
  const read = jest.spyOn(database, 'read')
  await queue.front()
  await queue.after(1)
  await queue.lastPageAfter()
  await queue.version()
  expect(read.mock.calls.map(([, , lane]) => lane)).toEqual(['page', 'bulk', 'bulk', 'check'])
  read.mockRestore()
})

test('if another server has taken over, and its page can’t be read after a write, the write is not sent again', async () => {
  await add('a') // so that the next write builds on the page that it made
  const write = database.write.bind(database)
  jest.spyOn(database, 'write').mockImplementation(async (...request) => {
    const [{ answer }] = (await write(...request)) as [{ answer: object }]
    return [{ answer: { ...answer, origin: 'another server' } }]
  })
  const cause = Object.assign(new Error('lock timeout'), { severity: 'ERROR', code: '55P03' })
  jest.spyOn(database, 'read').mockRejectedValue(new DatabaseUnavailable('locked', { cause }))
  const outcomes = await Promise.allSettled(['b', 'c'].map((text) => queue.write({ add: text })))
  jest.restoreAllMocks()
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect((await queue.front()).snapshot.length).toBe(3)
})
