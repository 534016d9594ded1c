import { ConnectionLost, DatabaseUnavailable } from '../../../src/db/errors.js'
import { Connection } from '../../../src/db/postgres/Connection.js'
import { database, useDatabase } from '../../support/useDatabase.js'

const DEADLINE_MS = 10_000

let connection: Connection

useDatabase()

beforeEach(async () => {
  connection = await open(database.url)
})

afterEach(() => connection.close())

async function open(url: string): Promise<Connection> {
  const opened = new Connection({ connectionString: url }, false)
  await opened.connect()
  return opened
}

function send(sql: string, values: readonly unknown[] = [], deadlineMs = DEADLINE_MS) {
  return connection.send(sql, values, deadlineMs)
}

test('gives back what was asked for, again and again', async () => {
  expect(await send('select $1::int + 1 as sum', [41])).toEqual([{ sum: 42 }])
  expect(await send('select 1 as one')).toEqual([{ one: 1 }])
})

test.each([
  ['takes too long', 'select pg_sleep(60)', DatabaseUnavailable, 'did not answer within 50 ms'],
  ['ends it', 'select pg_terminate_backend(pg_backend_pid())', ConnectionLost, 'terminating connection'],
  ['is wrong', 'select 1 / 0', Error, 'division by zero'],
])('is not used again after a statement that %s', async (_what, sql, kind, message) => {
  const answer = send(sql, [], sql.includes('sleep') ? 50 : DEADLINE_MS)
  await expect(answer).rejects.toThrow(message)
  await expect(answer).rejects.toBeInstanceOf(kind)
  expect(connection.isWell).toBe(false)
})

test('is used again after a statement that only has to be sent again', async () => {
  const failure = send("do $$ begin raise exception 'again' using errcode = '40001'; end $$")
  await expect(failure).rejects.toThrow('again')
  expect(await send('select 1 as one')).toEqual([{ one: 1 }])
})

test('says why it has gone', async () => {
  const gone = new Promise<string>((resolve) => connection.onceGone(resolve))
  await database.execute(
    `select pg_terminate_backend(pid) from pg_stat_activity where pid = ${await backendPid()}`,
  )
  expect(await gone).toContain('terminating connection')
})

async function backendPid(): Promise<unknown> {
  const [row] = await send('select pg_backend_pid() as pid')
  return row?.pid
}

test('is in UTF-8 and reads literals by the standard, even if the role or the database is set otherwise', async () => {
  await database.execute(
    `alter database ${database.name} set client_encoding = 'LATIN1';
     alter database ${database.name} set standard_conforming_strings = off`,
  )
  const other = await open(database.url)
  const [row] = await other.send("select $1::text as text, '\\' as backslash", ['š🍕'], DEADLINE_MS)
  expect(row).toEqual({ text: 'š🍕', backslash: '\\' })
  await other.close()
})

test('leaves no timer and no listener behind', async () => {
  await send('select 1')
  const before = leftOvers()
  for (let i = 0; i < 10; i++) await send('select 1')
  await send("do $$ begin raise exception 'again' using errcode = '40001'; end $$").catch(() => {})
  const after = leftOvers()
  expect(after.listeners).toEqual(before.listeners)
  expect(after.timers).toBeLessThanOrEqual(before.timers)
})

function leftOvers() {
  const { client } = connection
  const listeners = ['error', 'end', 'drain'].map((event) => client.listenerCount(event))
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  return { listeners, timers }
}

test('a statement over a connection that has gone is lost at once, not only when its time is up', async () => {
  const gone = new Promise((resolve) => connection.onceGone(resolve))
  connection.destroy()
  await gone
  await expect(send('select 1', [], 600_000)).rejects.toBeInstanceOf(ConnectionLost)
})

// A client that goes without a word takes a network that drops packets, for which a test needs root.
test('Postgres finds out within a minute, not within two hours, that a client has gone without a word', async () => {
  const settings = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count']
  const rows = []
  for (const name of settings) rows.push(...(await send('select current_setting($1)::int as value', [name])))
  const [idle = 0, interval = 0, count = 0] = rows.map(({ value }) => Number(value))
  expect(idle).toBeGreaterThan(0) // 0 is the system's default
  expect(idle + interval * count).toBeLessThanOrEqual(60)
})
