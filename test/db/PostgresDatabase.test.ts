import { PG_MIGRATE_LOCK_ID } from 'node-pg-migrate'
import pg from 'pg'
import { parseConfig } from '../../src/config.js'
import { WRITE_DEADLINE_MS, WRITE_MARGIN_MS } from '../../src/db/Database.js'
import { DatabaseUnavailable, NotConnectedYet, TooBusy } from '../../src/db/errors.js'
import { PostgresDatabase } from '../../src/db/PostgresDatabase.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { freePort } from '../support/freePort.js'
import { until } from '../support/poll.js'
import { RefusingPostgres } from './RefusingPostgres.js'

const POOLS = { readers: 3, writers: 2 }
/** On a busy machine many writes one after the other take their time. */
const PATIENT_MS = 20_000
const ONE = 'select 1 as one'
/** Long enough to be waited for, with a deadline of 400 ms. */
const SLEEP = 'select pg_sleep(0.05), $1::int as number'

let server: TestDatabase
let proxy: FaultyProxy
let url: string
let database: PostgresDatabase

beforeAll(async () => {
  server = await createDatabase()
})

afterAll(() => server.drop())

beforeEach(async () => {
  ;({ proxy, url } = await FaultyProxy.inFrontOf(server.url))
  database = connectTo(url)
})

afterEach(async () => {
  await database.close()
  await proxy.close()
})

function connectTo(address: string): PostgresDatabase {
  const { postgres } = parseConfig({ DATABASE_URL: address })
  if (!postgres) throw new Error('there is no address')
  return new PostgresDatabase({ address: postgres, pools: POOLS, onIdleLoss: () => {} })
}

async function connected(): Promise<void> {
  database.connect()
  await until('all are connected', () => database.pools().every(isFull), 15_000)
}

function isFull({ name, idle, busy }: { name: string; idle: number; busy: number }): boolean {
  return idle + busy === (name === 'read' ? POOLS.readers : POOLS.writers)
}

function write(sql: string, to = database): Promise<Record<string, unknown>[]> {
  return to.write(sql, () => [], WRITE_DEADLINE_MS)
}

function failureOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('distance', () => {
  test('a connection that comes late is kept, and meanwhile Postgres does not count as down', async () => {
    await proxy.setFault({ kind: 'delay', requestMs: 125, responseMs: 125 })
    database.connect()
    expect(await failureOf(database.read(ONE, [], 'check'))).toBeInstanceOf(NotConnectedYet)
    await until('it is read', async () => (await database.read(ONE)).length === 1, 15_000)
    await until('it is written', async () => (await write(ONE)).length === 1, 15_000)
    expect(proxy.connectionsMade).toBeLessThan(15)
  })

  test('a Postgres that accepts no connection at first is waited for', async () => {
    await proxy.setFault({ kind: 'hold' })
    database.connect()
    expect(await failureOf(database.read(ONE, [], 'check'))).toBeInstanceOf(NotConnectedYet)
    expect(await failureOf(database.read(ONE, [], 'page'))).toBeInstanceOf(NotConnectedYet)
    const written = write(ONE)
    await proxy.heal()
    expect(await written).toEqual([{ one: 1 }])
    expect(await database.read(ONE)).toEqual([{ one: 1 }])
  })
})

describe('down', () => {
  test.each<[string, () => Promise<void>]>([
    ['nothing listens there', () => proxy.setFault({ kind: 'refuse' })],
    ['connections are reset', () => proxy.setFault({ kind: 'reset' })],
    ['it falls silent', () => proxy.setFault({ kind: 'swallow' })],
  ])('Postgres is unavailable if %s, and read again soon after', async (_how, breakIt) => {
    await connected()
    await breakIt()
    const failure = await failureOf(database.read(ONE, [], 'check'))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
    await proxy.heal()
    await until('it is read again', async () => (await database.read(ONE, [], 'check')).length === 1)
  })

  test('a start without Postgres fails at once', async () => {
    const nowhere = connectTo(`postgres://nobody@127.0.0.1:${await freePort()}/none`)
    const failure = await failureOf(nowhere.read(ONE))
    expect(failure).toBeInstanceOf(DatabaseUnavailable)
    expect(failure).not.toBeInstanceOf(NotConnectedYet)
    await nowhere.close()
  })

  test.each(['58P01', 'XX000', '53300', '57P03', '28P01', '3D000', '42501', '22023'])(
    'FATAL %s at connecting is an outage, for reads, writes and migrations',
    async (sqlState) => {
      const refusing = await RefusingPostgres.start(sqlState)
      const refused = connectTo(refusing.url)
      for (const run of [() => refused.read(ONE), () => write(ONE, refused), () => refused.migrate()]) {
        expect(await failureOf(run())).toBeInstanceOf(DatabaseUnavailable)
      }
      await refused.close()
      await refusing.close()
    },
  )

  test('idle connections that broke unnoticed cost a read nothing', async () => {
    await connected()
    // Their ends are held back, so this process learns of them only by sending something.
    await proxy.setFault({ kind: 'hold' })
    await server.execute(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    const answer = database.read(ONE, [], 'check')
    await proxy.heal()
    expect(await answer).toEqual([{ one: 1 }])
  })
})

describe('too few connections', () => {
  const role = () => `scarce_${server.name}`
  let scarce: PostgresDatabase

  beforeEach(async () => {
    await server.execute(`create role ${role()} login password 'secret' connection limit 2`)
    const address = new URL(server.url)
    address.username = role()
    address.password = 'secret'
    scarce = connectTo(address.href)
  })

  afterEach(async () => {
    await scarce.close()
    await until('its sessions are over', async () => {
      await server.execute(`drop owned by ${role()}; drop role ${role()}`)
      return true
    })
  })

  // An attempt that fails counts as a connection for a moment, too.
  const read = () => until('it is read', async () => (await scarce.read(ONE, [], 'check')).length === 1)
  const written = () => until('it is written', async () => (await write(ONE, scarce)).length === 1)
  const held = () => scarce.pools().map(({ idle, busy }) => idle + busy)

  test('reads that hold all of them leave one to a write', async () => {
    await read()
    await until('reads hold both', () => held().join() === '2,0')
    await written()
    await read()
  })

  test('writes that hold all of them leave one to a read', async () => {
    await written()
    await until('writes hold both', () => held().join() === '0,2')
    await read()
    await written()
  })

  test('the only one of a pool is kept', async () => {
    await server.execute(`alter role ${role()} connection limit 1`)
    await read()
    expect(await failureOf(write(ONE, scarce))).toBeInstanceOf(DatabaseUnavailable)
    await read()
  })
})

describe('what Postgres refuses', () => {
  beforeEach(connected)

  test.each([
    ['the disk is full', '53100'],
    ['it takes no writes', '25006'],
    ['a right was revoked', '42501'],
    ['lock_timeout has passed', '55P03'],
    ['statement_timeout has passed', '57014'],
    ['a file can’t be read', '58030'],
    ['something is wrong inside it', 'XX000'],
    ['it isn’t migrated', '42P01'],
  ])('it is unavailable if %s (%s)', async (_why, sqlState) => {
    const sql = `do $$ begin raise exception 'no' using errcode = '${sqlState}'; end $$`
    expect(await failureOf(write(sql))).toBeInstanceOf(DatabaseUnavailable)
    expect(await failureOf(database.read(sql))).toBeInstanceOf(DatabaseUnavailable)
  })

  test('a wrong statement is a bug of ours', async () => {
    expect(await failureOf(database.read('select 1 / 0'))).toMatchObject({ code: '22012' })
    expect(await failureOf(write('selec'))).toMatchObject({ code: '42601' })
  })
})

describe('sent again', () => {
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
    const [row] = await ask(configured.url, 'select count(*)::int from happened')
    expect(row).toEqual({ count: 1 })
  })

  async function sessions(): Promise<number> {
    const of = `select count(*)::int from pg_stat_activity where datname = '${configured.name}'`
    const [row] = await ask(server.url, of)
    return Number(row?.count)
  }

  async function ask(address: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(address)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }

  test('a write whose connection broke is not sent again: it may have happened', async () => {
    await server.execute('create table happened (at timestamptz default clock_timestamp())')
    await connected()
    const insert = `with written as (insert into happened default values returning 1)
      select pg_terminate_backend(pg_backend_pid()) from written`
    expect(await failureOf(write(insert))).toBeInstanceOf(DatabaseUnavailable)
    expect(await database.read('select count(*)::int from happened')).toEqual([{ count: 0 }])
  })
})

describe('lanes', () => {
  beforeEach(connected)

  test('version checks, page loads and writes go on during a flood of later pages', async () => {
    const locker = new pg.Client(server.url)
    await locker.connect()
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
    await database.read('select pg_sleep(0.2)', [], 'check')
    expect(await database.read('select last_value from sent', [], 'check')).toEqual([before])
  })

  test('callers of the same statement share one answer, which was asked for after they came', async () => {
    await write('create sequence asked')
    const ask = () => database.read("select nextval('asked')::int as number, pg_sleep(0.05)")
    const answers = (await Promise.all(Array.from({ length: 300 }, ask))).map(([row]) => row?.number)
    expect(new Set(answers)).toEqual(new Set([1, 2]))
    expect(answers.filter((number) => number === 1)).toHaveLength(1)
  })

  test('waiting for our own connections does not mean that Postgres is down, not even for writes', async () => {
    const [first, second, third] = [0, 0, 0].map(() =>
      failureOf(database.write('select pg_sleep(0.9)', () => [], 1_000)),
    )
    expect(await Promise.all([first, second])).toEqual([undefined, undefined])
    expect(await third).toBeInstanceOf(TooBusy)
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
  const locker = new pg.Client(server.url)
  await locker.connect()
  await locker.query(`select pg_advisory_lock(${PG_MIGRATE_LOCK_ID})`)
  const failure = failureOf(database.migrate())
  await until('it waits for the lock', async () => {
    const { rows } = await locker.query(
      `select 1 from pg_locks join pg_database on oid = database
        where datname = current_database() and locktype = 'advisory' and not granted`,
    )
    return rows.length > 0
  })
  await proxy.setFault({ kind: 'reset' })
  expect(await failure).toBeInstanceOf(DatabaseUnavailable)
  await locker.end()
  await proxy.heal()
  await until('no connection is left', () => proxy.connections === 0)
})

test('closing waits for what is under way, and leaves no connection', async () => {
  await connected()
  const answer = database.read(SLEEP, [1])
  await database.close()
  expect(await answer).toHaveLength(1)
  await until('no connection is left', () => proxy.connections === 0)
  expect(await failureOf(database.read(ONE))).toBeInstanceOf(DatabaseUnavailable)
})

test('closing does not wait for a connection that is still being made', async () => {
  await proxy.setFault({ kind: 'swallow' })
  database.connect()
  await until('it is being made', () => proxy.connectionsMade > 0)
  await database.close()
  await until('no connection is left', () => proxy.connections === 0)
})
