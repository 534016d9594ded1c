import { jest } from '@jest/globals'
import type pg from 'pg'
import { openClient } from '../support/database.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'

const WAITING = `from pg_stat_activity
  where query like '%write_batch%' and wait_event_type = 'Lock' and datname = current_database()`

/** Another client of Postgres, whose lock on the queue's row makes writes wait. */
let other: pg.Client

afterAll(() => other.end())

useApp()

beforeAll(async () => {
  await app.sql(`alter table item add check (text <> 'forbidden')`)
  other = await openClient(app.environment.DATABASE_URL)
})

beforeEach(async () => {
  await app.empty()
  jest.restoreAllMocks()
  jest.spyOn(app.services.queue, 'write')
})

/** Makes a first write wait for the lock, and sends all others meanwhile. */
async function whileTheFirstWaits<R>(first: () => Promise<R>, others: () => Promise<R>[]): Promise<R[]> {
  await makeWritesWait()
  const all = [first()]
  await until('the first write waits', async () => (await waiting()) === 1)
  all.push(...others())
  await haveArrived(all.length)
  await other.query('commit')
  return await Promise.all(all)
}

async function makeWritesWait(): Promise<void> {
  await other.query('begin')
  await other.query('select from queue for update')
}

/** How many statements wait for the lock. */
async function waiting(): Promise<number> {
  return (await app.sql(`select pid ${WAITING}`)).length
}

async function breakTheirConnections(): Promise<void> {
  await app.sql(`select pg_terminate_backend(pid) ${WAITING}`)
}

/** Waits until the queue has this many writes of the test. */
async function haveArrived(count: number): Promise<void> {
  const { mock } = jest.mocked(app.services.queue.write)
  await until(`${count} writes have arrived`, () => mock.calls.length === count)
}

test('writes that come during another one share a transaction, and each gets its own version and answer', async () => {
  const texts = ["it's {b}", '"c\\"', 'null', 'NULL', 'é, 🍕']
  const changes = await whileTheFirstWaits(
    () => app.add('a'),
    () => texts.map((text) => app.add(text)),
  )
  expect(changes.map(({ item }) => item?.text).sort()).toEqual(['a', ...texts].sort())
  const byVersion = changes.toSorted((one, two) => one.version - two.version)
  expect(new Set(byVersion.map(({ version }) => version)).size).toBe(6)
  expect(byVersion.map(({ length }) => length)).toEqual([1, 2, 3, 4, 5, 6])
  expect(await app.queue()).toMatchObject({
    version: byVersion.at(-1)?.version,
    items: byVersion.map(({ item }) => item),
  })
  expect(await app.sql('select count(distinct xmin::text)::int as transactions from item')).toEqual([
    { transactions: 2 },
  ])
})

test('adds and removes in one batch keep their order: no item is removed twice, and a remove from an empty queue makes no version', async () => {
  const changes = await whileTheFirstWaits<{
    item: { text: string } | null
    version: number
    length: number
  }>(
    () => app.add('a'),
    () => [app.remove(), app.remove(), app.remove()],
  )
  const removed = changes.slice(1)
  expect(removed.filter(({ item }) => item?.text === 'a')).toMatchObject([{ length: 0 }])
  expect(removed.filter(({ item }) => item === null)).toHaveLength(2)
  expect(new Set(removed.map(({ version }) => version)).size).toBe(1)
  expect(await app.queue()).toMatchObject({ version: removed[0]?.version, length: 0 })
})

test('if Postgres refuses one, the others are still written', async () => {
  const statuses = await whileTheFirstWaits(
    async () => (await post('a')).status,
    () => ['b', 'forbidden', 'c'].map(async (text) => (await post(text)).status),
  )
  expect(statuses).toEqual([201, 201, 503, 201])
  expect((await app.queue()).items.map(({ text }) => text).sort()).toEqual(['a', 'b', 'c'])
})

test('if the connection breaks, all writes of the batch get 503, and none of them is in the queue', async () => {
  await makeWritesWait()
  const first = post('a').then(({ status }) => status)
  await until('the first write waits', async () => (await waiting()) === 1)
  const others = ['b', 'c'].map(async (text) => (await post(text)).status)
  await haveArrived(3)
  await breakTheirConnections()
  expect(await first).toBe(503)
  await until('the others wait together', async () => (await waiting()) === 1)
  await breakTheirConnections()
  expect(await Promise.all(others)).toEqual([503, 503])
  await other.query('commit')
  expect((await app.queue()).length).toBe(0)
})

async function post(text: string) {
  return await app.postJson('/add', JSON.stringify({ text }))
}
