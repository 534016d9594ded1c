import { TooBusy } from '../../../src/db/errors.js'
import { openClient } from '../../support/database.js'
import { until } from '../../support/poll.js'
import { connected, database, ONE, server, write } from './databaseAndNetwork.js'
import { failureOf } from './poolOnPostgres.js'

beforeEach(connected)

test('version checks, page loads and writes go on during a flood of later pages', async () => {
  const locker = await openClient(server.url)
  await locker.query('select pg_advisory_lock(1)')
  const blocked = 'select $1::int, pg_advisory_xact_lock_shared(1)'
  const flood = Array.from({ length: 400 }, (_, number) => failureOf(database.read(blocked, [number])))
  await until('a version is checked', async () => (await database.read(ONE, [], 'check')).length === 1)
  await until('a page is loaded', async () => (await database.read(ONE, [], 'page')).length === 1)
  expect(await write(ONE)).toEqual([{ one: 1 }])
  const [, ...neverSent] = await Promise.all(flood)
  expect(neverSent.filter((failure) => !(failure instanceof TooBusy))).toEqual([])
  await locker.end()
})

test('nothing is sent for a caller who has given up', async () => {
  await write('create sequence sent')
  const ask = (number: number) =>
    failureOf(database.read("select nextval('sent'), pg_sleep(0.2), $1::int", [number]))
  await Promise.all(Array.from({ length: 40 }, (_, number) => ask(number)))
  expect(database.pools()).toContainEqual(expect.objectContaining({ name: 'read', waiting: 0 }))
  const [before] = await database.read('select last_value from sent', [], 'check')
  expect(Number(before?.last_value)).toBeLessThan(20) // most have given up
  await write('select pg_sleep(0.2)')
  expect(await database.read('select last_value from sent', [], 'check')).toEqual([before])
})

test('callers of the same statement share one answer, which was asked for after they came', async () => {
  await write('create sequence asked')
  const ask = () => database.read("select nextval('asked')::int as number")
  const answers = (await Promise.all(Array.from({ length: 300 }, ask))).map(([row]) => row?.number)
  expect(new Set(answers)).toEqual(new Set([1, 2]))
  expect(answers.filter((number) => number === 1)).toHaveLength(1)
})

test('waiting for our own connections does not mean that Postgres is down, not even for writes', async () => {
  const locker = await openClient(server.url)
  await locker.query('select pg_advisory_lock(1)')
  const running = failureOf(database.write('select pg_advisory_xact_lock_shared(1)', () => [], 20_000))
  expect(await failureOf(database.write(ONE, () => [], 300))).toBeInstanceOf(TooBusy)
  await locker.end()
  expect(await running).toBeUndefined()
})
