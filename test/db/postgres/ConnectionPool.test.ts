import { jest } from '@jest/globals'
import { DatabaseUnavailable, TooBusy } from '../../../src/db/errors.js'
import { until } from '../../support/poll.js'
import { database, useDatabase } from '../../support/useDatabase.js'
import { failureOf, PoolOnPostgres } from './poolOnPostgres.js'

const LOST = 'select nextval($$sent$$), pg_terminate_backend(pg_backend_pid())'

let on: PoolOnPostgres

useDatabase()

afterEach(async () => {
  jest.useRealTimers()
  await on.close()
})

async function start(size: number, repeatsAfterLoss = 0): Promise<void> {
  on = await PoolOnPostgres.start(database, size, repeatsAfterLoss)
  await database.execute('drop sequence if exists sent; create sequence sent')
  await on.connect()
}

async function timesSent(): Promise<number> {
  const [row] = await on.run('select case when is_called then last_value else 0 end as times from sent')
  return Number(row?.times)
}

test('fifty may wait in a lane, and one more is refused at once; the other lanes have room', async () => {
  await start(1)
  const running = await on.hold(1, 1)
  const waiting = Array.from({ length: 50 }, (_, number) => on.run(`select ${number} as number`))
  expect(await failureOf(on.run('select 50 as number'))).toBeInstanceOf(TooBusy)
  const other = on.run('select 51 as number', 'page')
  expect(on.pool.use).toEqual({ name: 'test', busy: 1, idle: 0, waiting: 51 })
  await on.letGo(1)
  await running.failure
  expect((await Promise.all(waiting)).map(([row]) => row?.number)).toEqual(
    Array.from({ length: 50 }, (_, n) => n),
  )
  expect(await other).toEqual([{ number: 51 }])
})

test('if one of two callers of the same statement gives up, the other one is still answered', async () => {
  await start(1)
  await on.hold(1, 1)
  const [hasty, patient] = [on.run('select 7 as number', 'check', 100), on.run('select 7 as number')]
  expect(await failureOf(hasty)).toBeInstanceOf(DatabaseUnavailable)
  expect(on.pool.use.waiting).toBe(1)
  await on.letGo(1)
  expect(await patient).toEqual([{ number: 7 }])
})

test.each([0, 2])('a statement under which the connection breaks is sent again %i times', async (repeats) => {
  await start(1, repeats)
  expect(await failureOf(on.run(LOST))).toBeInstanceOf(DatabaseUnavailable)
  expect(await timesSent()).toBe(repeats + 1)
})

test('a statement is not sent again if no caller waits for it any more', async () => {
  await start(1, 5)
  const first = await on.hold(1, 1)
  // Time passes when the test says so: the statement is sent half of its time after its caller came.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] })
  const leaver = on.run('select nextval($$sent$$), pg_advisory_xact_lock_shared(2)::text', 'check', 1_000)
  jest.advanceTimersByTime(500)
  await on.letGo(1)
  await first.failure
  await until('it is sent', () => on.pool.use.waiting === 0)
  jest.advanceTimersByTime(500)
  expect(await failureOf(leaver)).toBeInstanceOf(Error)
  await on.breakConnections('nextval')
  await until('it is lost', () => on.pool.use.busy === 0)
  expect(await timesSent()).toBe(1)
})

test('the loss of an unused connection is reported with its reason, and the connection is replaced', async () => {
  await start(1)
  await on.breakConnections()
  await until('it is told', () => on.idleLosses.length > 0)
  expect(on.idleLosses).toEqual([expect.stringContaining('terminating connection')])
  expect(on.pool.use.idle).toBe(0)
  expect(await on.run('select 1 as one')).toEqual([{ one: 1 }])
})

test('nothing is sent over a connection that broke just now', async () => {
  await start(1)
  on.opened[0]?.destroy()
  expect(await on.run('select 1 as one', 'write')).toEqual([{ one: 1 }])
  expect(on.idleLosses).toHaveLength(1)
})

test('a connection that breaks under a statement does not count as an idle loss', async () => {
  await start(1)
  expect(await failureOf(on.run(LOST))).toBeInstanceOf(DatabaseUnavailable)
  expect(await on.run('select 1 as one')).toEqual([{ one: 1 }])
  expect(on.idleLosses).toEqual([])
})

test('if another connection can’t be made, waiting callers still get the one that is open', async () => {
  on = await PoolOnPostgres.start(database, 2)
  on.maxAttempts = 1
  await on.connect()
  await on.hold(1, 1)
  const triedBefore = on.attempts
  const waiting = on.run('select 7 as number')
  await until('another one was tried', () => on.attempts > triedBefore)
  await on.letGo(1)
  expect(await waiting).toEqual([{ number: 7 }])
})

test('a close answers statements under way, refuses those that wait or come, and leaves no connection', async () => {
  await start(1)
  const running = await on.hold(1, 1)
  const waiting = failureOf(on.run('select 7'))
  let isClosed = false
  const closing = on.pool.close().then(() => {
    isClosed = true
  })
  for (const failure of [await waiting, await failureOf(on.run('select 8'))]) {
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).toMatchObject({ message: 'The connections to Postgres are closed' })
  }
  expect(isClosed).toBe(false)
  await on.letGo(1)
  expect(await running.failure).toBeUndefined()
  await closing
  expect(on.opened.map(({ isWell }) => isWell)).toEqual([false])
})

test('callers of the same statement share it while it waits, and it is gone once all of them have given up', async () => {
  await start(1)
  const running = await on.hold(1, 1)
  const both = [1, 2].map(() => failureOf(on.run('select 7', 'check', 100)))
  expect(on.pool.use.waiting).toBe(1)
  await Promise.all(both)
  expect(on.pool.use.waiting).toBe(0)
  await on.letGo(1)
  expect(await running.failure).toBeUndefined()
})

test('a later page without an answer means that Postgres is down, unless it answers others meanwhile', async () => {
  await start(2)
  const alone = await on.hold(1, 1, 'bulk', 300)
  expect(await alone.failure).toBeInstanceOf(DatabaseUnavailable)
  await until('its connection is lost', () => on.pool.use.busy === 0)
  const amongOthers = await on.hold(1, 1, 'bulk', 1_000)
  await on.run('select 1')
  expect(await amongOthers.failure).toBeInstanceOf(TooBusy)
})
