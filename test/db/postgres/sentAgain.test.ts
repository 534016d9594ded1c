import { DatabaseUnavailable } from '../../../src/db/errors.js'
import { createDatabase, query, type TestDatabase } from '../../support/database.js'
import { FaultyProxy } from '../../support/FaultyProxy.js'
import { until } from '../../support/poll.js'
import { connectTo } from '../connectTo.js'
import { connected, database, ONE, server, write } from './databaseAndNetwork.js'
import { failureOf } from './poolOnPostgres.js'

// Which statements PostgresDatabase sends once more after a failure, and which it must not.

/** On a busy machine many writes one after the other take their time. */
const PATIENT_MS = 20_000

let configured: TestDatabase

beforeEach(async () => {
  configured = await createDatabase()
})

afterEach(() => configured.drop())

test('no write is lost and none happens twice under serializable isolation, from two processes', async () => {
  await configured.execute(
    `create table counter (only_row int primary key, value int);
     insert into counter values (1, 0);
     alter database ${configured.name} set default_transaction_isolation = 'serializable'`,
  )
  const both = [connectTo(configured.url), connectTo(configured.url)] as const
  const add = 'update counter set value = (select value from counter) + 1 returning value'
  const adds = Array.from({ length: 40 }, (_, number) =>
    both[number % 2 ? 0 : 1].write(add, () => [], PATIENT_MS),
  )
  const values = (await Promise.all(adds)).map(([row]) => Number(row?.value))
  expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, number) => number + 1))
  await Promise.all(both.map((one) => one.close()))
})

test('a write that met idle_session_timeout happens, once', async () => {
  await configured.execute(
    `create table happened (at timestamptz default clock_timestamp());
     alter database ${configured.name} set idle_session_timeout = '700ms'`,
  )
  const through = await FaultyProxy.inFrontOf(configured.url)
  const impatient = connectTo(through.url)
  await until('it has written', async () => (await write(ONE, impatient)).length === 1)
  await through.proxy.setFault({ kind: 'hold' }) // so that this process doesn't hear of it before it writes
  await until('all sessions were ended', async () => (await sessions()) === 0, 15_000)
  const written = write('insert into happened default values returning 1 as one', impatient)
  await through.proxy.heal()
  expect(await written).toEqual([{ one: 1 }])
  await impatient.close()
  await through.proxy.close()
  const [row] = await query(configured.url, 'select count(*)::int from happened')
  expect(row).toEqual({ count: 1 })
})

async function sessions(): Promise<number> {
  const of = `select count(*)::int from pg_stat_activity where datname = '${configured.name}'`
  const [row] = await query(server.url, of)
  return Number(row?.count)
}

test('a write whose connection broke is not sent again: it may have happened', async () => {
  await server.execute('create table happened (at timestamptz default clock_timestamp())')
  await connected()
  const insert = `with written as (insert into happened default values returning 1)
    select pg_terminate_backend(pg_backend_pid()) from written`
  expect(await failureOf(write(insert))).toBeInstanceOf(DatabaseUnavailable)
  expect(await database.read('select count(*)::int from happened')).toEqual([{ count: 0 }])
})
