import { jest } from '@jest/globals'
import type { Database } from '../../src/db/Database.js'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import { IdempotencyKeyReused } from '../../src/queue/Queue.js'
import { QueueRepository } from '../../src/queue/QueueRepository.js'
import { app, useApp } from '../support/useApp.js'

const PAGE_SIZE = 2

// What its pages and its writes answer: routes/showQueue, routes/writes and FrontPage.
let database: Database
let queue: QueueRepository

useApp({ MEMCACHIER_SERVERS: '' })

beforeAll(() => {
  database = app.services.database
  queue = new QueueRepository({ database, pageSize: PAGE_SIZE, slowQueryMs: 0 })
})

beforeEach(() => app.sql('truncate item'))

function texts({ items }: { items: readonly { text: string }[] }): string[] {
  return items.map(({ text }) => text)
}

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
  await queue.write({ add: 'a' }) // so that the next write builds on the page that it made
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
