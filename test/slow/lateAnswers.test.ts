import { jest } from '@jest/globals'
import { DatabaseUnavailable, NotConnectedYet, TooBusy } from '../../src/db/errors.js'
import type { Lane } from '../../src/db/postgres/lanes.js'
import { failureOf, PoolOnPostgres } from '../db/postgres/poolOnPostgres.js'
import { gate } from '../support/gates.js'
import { until } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'

// Who is to blame if an answer is late: Postgres (`DatabaseUnavailable`), or we ourselves (`TooBusy`)?
const DEADLINE_MS = 600

let on: PoolOnPostgres

useDatabase()

afterEach(async () => {
  jest.useRealTimers()
  await on.close()
})

async function start(size: number): Promise<void> {
  on = await PoolOnPostgres.start(database, size)
  await on.connect(size)
}

test.each<Lane>(['check', 'page'])(
  'a %s that got no connection says that Postgres is down, if nothing was answered since it was asked',
  async (lane) => {
    await start(1)
    await on.hold(1, 1)
    const failure = await failureOf(on.ask(2, lane, DEADLINE_MS))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
  },
)

test.each<Lane>(['bulk', 'write'])(
  'a %s that got no connection says nothing of Postgres: others of its kind may take all there are',
  async (lane) => {
    await start(1)
    await on.hold(1, 1)
    expect(await failureOf(on.ask(2, lane, DEADLINE_MS))).toBeInstanceOf(TooBusy)
  },
)

test('a version check that got no connection says nothing of Postgres, if another one was answered since', async () => {
  await start(1)
  const running = await on.hold(1, 1)
  const next = failureOf(on.ask(2))
  const late = failureOf(on.ask(3, 'check', DEADLINE_MS))
  await on.letGo(1)
  await running.failure
  expect(await late).toBeInstanceOf(TooBusy)
  await on.letGo(2)
  expect(await next).toBeUndefined()
})

test('a statement that was sent after the caller asked does not show that Postgres is silent', async () => {
  on = await PoolOnPostgres.start(database, 1)
  const door = gate()
  on.gates = [door]
  const first = failureOf(on.ask(1))
  const late = failureOf(on.ask(2, 'check', DEADLINE_MS))
  await door.reached
  door.open()
  expect(await late).toBeInstanceOf(TooBusy)
  await on.letGo(1)
  expect(await first).toBeUndefined()
})

const FAILING = `select 1 / (pg_advisory_xact_lock_shared(1)::text is null)::int`

test.each<[string, boolean, number, () => Promise<void>]>([
  ['an error of its statement', true, 20_000, () => on.letGo(1)],
  ['the end of a connection', false, 20_000, () => on.breakConnections(FAILING)],
  ['silence until the deadline', false, 300, async () => {}],
])('%s is a sign that Postgres answers: %s', async (_what, isAnswer, deadlineMs, end) => {
  await start(2)
  const ended = failureOf(on.run(FAILING, 'check', deadlineMs))
  const silent = await on.hold(2, 2)
  const next = failureOf(on.ask(3))
  const late = failureOf(on.run('select 7', 'check', DEADLINE_MS))
  await end()
  expect(await ended).toBeDefined()
  expect(await late).toBeInstanceOf(isAnswer ? TooBusy : DatabaseUnavailable)
  await Promise.all([on.letGo(2), on.letGo(3)])
  expect([await silent.failure, await next]).toEqual([undefined, undefined])
})

test('if all connections were lost and none can be made, Postgres is down', async () => {
  await start(1)
  on.gates = Array.from({ length: 20 }, () => gate())
  await on.breakConnections()
  await until('the loss is known', () => on.pool.use.idle === 0)
  for (const lane of ['check', 'bulk'] as const) {
    const failure = await failureOf(on.ask(1, lane, 300))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
  }
})

describe('sent only after a wait for one of our own connections', () => {
  const ALL_BUT_PERFORMANCE = [
    ...(['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'setInterval'] as const),
    ...(['clearInterval', 'nextTick', 'queueMicrotask', 'Date', 'hrtime'] as const),
  ]

  /** How a statement ends that waited so long for a connection, and never gets its answer from Postgres. */
  async function endAfter(ownWaitMs: number, lane: Lane, meanwhile = async () => {}): Promise<unknown> {
    await start(3)
    jest.useFakeTimers({ doNotFake: ALL_BUT_PERFORMANCE })
    const ahead = await fillLane(lane)
    const late = failureOf(on.ask(3, lane, DEADLINE_MS))
    jest.advanceTimersByTime(ownWaitMs)
    await on.letGo(1)
    await Promise.all(ahead)
    await until('it is sent', () => on.pool.use.waiting === 0)
    jest.advanceTimersByTime(1)
    await meanwhile()
    jest.advanceTimersByTime(DEADLINE_MS - ownWaitMs)
    return await late
  }

  /** Takes all connections that the lane may have. */
  async function fillLane(lane: Lane): Promise<Promise<unknown>[]> {
    const count = { bulk: 1, page: 2, check: 3, write: 3 }[lane]
    const ahead = []
    for (let busy = 1; busy <= count; busy++) {
      const { failure } = await on.hold(busy === 1 ? 1 : 2, busy, lane)
      if (busy === 1) ahead.push(failure)
    }
    return ahead
  }

  const answerAnother = async () => {
    await on.run('select 7', 'check')
  }

  test('a short wait for our own connections does not count: Postgres did not answer', async () => {
    expect(await endAfter(40, 'check')).toBeInstanceOf(DatabaseUnavailable)
  })

  test('a long wait says nothing about Postgres', async () => {
    expect(await endAfter(60, 'check')).toBeInstanceOf(TooBusy)
  })

  test('a write may have happened: it is not refused as too busy', async () => {
    expect(await endAfter(60, 'write')).toBeInstanceOf(DatabaseUnavailable)
  })

  test('a page load fails because Postgres did not answer it, even if it answered others', async () => {
    expect(await endAfter(40, 'page', answerAnother)).toBeInstanceOf(DatabaseUnavailable)
  })
})
