import { PG_MIGRATE_LOCK_ID } from 'node-pg-migrate'
import { WRITE_DEADLINE_MS, WRITE_MARGIN_MS } from '../../../src/db/Database.js'
import { DatabaseUnavailable, NotConnectedYet, TooBusy } from '../../../src/db/errors.js'
import type { PostgresDatabase } from '../../../src/db/postgres/PostgresDatabase.js'
import { NOWHERE, openClient } from '../../support/database.js'
import { until } from '../../support/poll.js'
import { createRole, type TestRole } from '../../support/role.js'
import { connectTo } from '../connectTo.js'
import { connected, database, network, ONE, server, write } from './databaseAndNetwork.js'
import { failureOf } from './poolOnPostgres.js'
import { startRefusingPostgres } from './startRefusingPostgres.js'

/** Long enough to be waited for, with a deadline of 400 ms. */
const SLEEP = 'select pg_sleep(0.05), $1::int as number'

describe('distance', () => {
  test('a connection that comes late is kept, and meanwhile Postgres does not count as down', async () => {
    await network.setFault({ kind: 'delay', requestMs: 125, responseMs: 125 })
    database.connect()
    expect(await failureOf(database.read(ONE, [], 'check'))).toBeInstanceOf(NotConnectedYet)
    await until('it is read', async () => (await database.read(ONE)).length === 1, 15_000)
    await until('it is written', async () => (await write(ONE)).length === 1, 15_000)
    expect(network.connectionsMade).toBeLessThan(15)
  })

  test('a Postgres that accepts no connection at first is waited for', async () => {
    await network.setFault({ kind: 'hold' })
    database.connect()
    expect(await failureOf(database.read(ONE, [], 'check'))).toBeInstanceOf(NotConnectedYet)
    expect(await failureOf(database.read(ONE, [], 'page'))).toBeInstanceOf(NotConnectedYet)
    const written = write(ONE)
    await network.heal()
    expect(await written).toEqual([{ one: 1 }])
    await until('it is read', async () => (await database.read(ONE)).length === 1)
  })
})

describe('down', () => {
  test.each<[string, () => Promise<void>]>([
    ['nothing listens there', () => network.setFault({ kind: 'refuse' })],
    ['connections are reset', () => network.setFault({ kind: 'reset' })],
    ['it falls silent', () => network.setFault({ kind: 'swallow' })],
  ])('Postgres is unavailable if %s, and read again soon after', async (_how, breakIt) => {
    await connected()
    await breakIt()
    const failure = await failureOf(database.read(ONE, [], 'check'))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
    await network.heal()
    await until('it is read again', async () => (await database.read(ONE, [], 'check')).length === 1)
  })

  test('a start without Postgres fails at once', async () => {
    const nowhere = connectTo(NOWHERE)
    const failure = await failureOf(nowhere.read(ONE))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
    await nowhere.close()
  })

  test.each(['58P01', 'XX000', '53300', '57P03', '28P01', '3D000', '42501', '22023'])(
    'FATAL %s at connecting is an outage, for reads, writes and migrations',
    async (sqlState) => {
      const refused = connectTo(await startRefusingPostgres(sqlState))
      for (const run of [() => refused.read(ONE), () => write(ONE, refused), () => refused.migrate()]) {
        expect(await failureOf(run())).toBeInstanceOf(DatabaseUnavailable)
      }
      await refused.close()
    },
  )

  test('idle connections that broke unnoticed cost a read nothing', async () => {
    await connected()
    // Their ends are held back, so this process learns of them only by sending something.
    await network.setFault({ kind: 'hold' })
    await server.execute(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    const answer = database.read(ONE, [], 'check')
    await network.heal()
    expect(await answer).toEqual([{ one: 1 }])
  })
})

describe('too few connections', () => {
  let role: TestRole
  let scarce: PostgresDatabase

  beforeEach(async () => {
    role = await createRole(server, (name) => `alter role ${name} connection limit 2`)
    scarce = connectTo(role.url)
  })

  afterEach(async () => {
    await scarce.close()
    await until('its sessions are over', () => role.drop().then(() => true))
  })

  // An attempt that fails counts as a connection for a moment, too.
  const read = () => until('it is read', async () => (await scarce.read(ONE, [], 'check')).length === 1)
  const written = () => until('it is written', async () => (await write(ONE, scarce)).length === 1)
  const held = () => scarce.pools().map(({ idle, busy }) => idle + busy)
  // Two attempts to take the last connection at once may both be refused. Then only a new need makes another attempt, such
  // as that of another lane.
  const readsHoldBoth = () =>
    until('reads hold both', async () => {
      await Promise.allSettled([scarce.read(SLEEP, [1], 'bulk'), scarce.read(SLEEP, [2], 'check')])
      return held().join() === '2,0'
    })

  test('reads that hold all of them leave one to a write', async () => {
    await read()
    await readsHoldBoth()
    await written()
    await read()
  })

  test('the only one of a pool is kept', async () => {
    await server.execute(`alter role ${role.name} connection limit 1`)
    await read()
    expect(await failureOf(write(ONE, scarce))).toBeInstanceOf(DatabaseUnavailable)
    await read()
  })
})

describe('what Postgres refuses', () => {
  beforeEach(connected)

  // Which errors count as an outage: db/errors.test.ts.
  test('it is unavailable if the disk is full', async () => {
    const sql = `do $$ begin raise exception 'no' using errcode = '53100'; end $$`
    expect(await failureOf(write(sql))).toBeInstanceOf(DatabaseUnavailable)
    expect(await failureOf(database.read(sql))).toBeInstanceOf(DatabaseUnavailable)
  })

  test('a wrong statement is a bug of ours', async () => {
    expect(await failureOf(database.read('select 1 / 0'))).toMatchObject({ code: '22012' })
    expect(await failureOf(write('selec'))).toMatchObject({ code: '42601' })
  })
})

test('a write gets what is left of its deadline, less a margin, and is not sent if nothing is left', async () => {
  await connected()
  const budgetsMs: number[] = []
  const valuesFor = (budgetMs: number) => {
    budgetsMs.push(budgetMs)
    return []
  }
  await database.write(ONE, valuesFor, WRITE_DEADLINE_MS)
  expect(await failureOf(database.write(ONE, valuesFor, WRITE_MARGIN_MS))).toBeInstanceOf(TooBusy)
  expect(budgetsMs).toEqual([expect.any(Number)])
  expect(budgetsMs[0]).toBeLessThanOrEqual(WRITE_DEADLINE_MS - WRITE_MARGIN_MS)
  expect(budgetsMs[0]).toBeGreaterThan(0)
})

test('a migration whose connection breaks is an outage, and leaves no connection', async () => {
  const locker = await openClient(server.url)
  await locker.query(`select pg_advisory_lock(${PG_MIGRATE_LOCK_ID})`)
  const failure = failureOf(database.migrate())
  await until('it waits for the lock', async () => {
    const { rows } = await locker.query(
      `select 1 from pg_locks join pg_database on oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`,
    )
    return rows.length > 0
  })
  await network.setFault({ kind: 'reset' })
  expect(await failure).toBeInstanceOf(DatabaseUnavailable)
  await locker.end()
  await network.heal()
  await until('no connection is left', () => network.connections === 0)
})

test('closing waits for what is under way, and leaves no connection', async () => {
  await connected()
  const answer = write('select pg_sleep(0.05)')
  await database.close()
  expect(await answer).toHaveLength(1)
  await until('no connection is left', () => network.connections === 0)
  expect(await failureOf(database.read(ONE))).toBeInstanceOf(DatabaseUnavailable)
})

test('closing does not wait for a connection that is still being made', async () => {
  await network.setFault({ kind: 'swallow' })
  database.connect()
  await until('it is being made', () => network.connectionsMade > 0)
  await database.close()
  await until('no connection is left', () => network.connections === 0)
})
