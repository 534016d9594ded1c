import { hostAndPort } from '../cache/index.js'
import type { Config } from '../config.js'
import type { PostgresAddress } from '../db/address/postgresAddress.js'
import type { TlsOptions } from '../db/address/tls.js'
import { type Row, WRITE_DEADLINE_MS } from '../db/Database.js'
import { findObstacle } from '../db/migrations.js'
import type { Connection } from '../db/postgres/Connection.js'
import { Dialer } from '../db/postgres/Dialer.js'
import { describeDatabaseFault } from './databaseFaults.js'
import type { Report } from './Report.js'

const ANSWER_DEADLINE_MS = 5_000

/** Checks that Postgres can be reached and signed in to, how TLS is verified, and that it takes writes and is migrated. */
export async function verifyDatabase({ postgres, dataDir }: Config, report: Report): Promise<void> {
  if (!postgres) {
    report('note', 'database', `DATABASE_URL is unset: an embedded one in ${dataDir}, for one process only`)
    return
  }
  const dialer = new Dialer(postgres)
  let connection: Connection | undefined
  try {
    connection = await dialer.open()
    const { user, database } = connection.client
    report('ok', 'database', `${placeOf(postgres)} answers, as ${user} on ${database}`)
    reportTls(dialer.tls, postgres, report)
    await verifySettings(connection, report)
    await verifyMigrations(connection, report)
  } catch (error) {
    report('failed', 'database', `${placeOf(postgres)}: ${describeDatabaseFault(error)}`)
  } finally {
    await connection?.close()
  }
}

function placeOf({ client: { host = '', port = 5432 } }: PostgresAddress): string {
  return host.startsWith('/') ? host : hostAndPort({ host, port })
}

function reportTls(tls: TlsOptions, { client }: PostgresAddress, report: Report): void {
  if (client.host?.startsWith('/')) report('ok', 'database: TLS', 'not needed: a Unix socket of this machine')
  else report(tls ? 'ok' : 'note', 'database: TLS', howTlsIsChecked(tls))
}

/** The connection is open, so everything that these options verify has been verified. */
function howTlsIsChecked(ssl: TlsOptions): string {
  if (!ssl) return 'off: the connection is not encrypted (PGSSLMODE)'
  if (ssl.rejectUnauthorized === false) return 'on; the certificate is not verified (require, no-verify)'
  if (ssl.checkServerIdentity)
    return 'on; the certificate was verified, the host name in it was not (verify-ca)'
  return 'on; the certificate and the host name in it were verified (verify-full)'
}

/** Reports settings of the server, the database or the role that may get in the way. */
async function verifySettings(connection: Connection, report: Report): Promise<void> {
  const [settings] = await ask(connection, SETTINGS)
  const tooShort = TIMEOUTS.filter((name) => isTooShort(Number(settings?.[name])))
  for (const name of tooShort) {
    report(
      'note',
      'database: settings',
      `${name} is ${settings?.[name]} ms: busy writers may need up to 3000`,
    )
  }
  if (settings?.is_row_security_active) {
    report(
      'note',
      'database: settings',
      'row-level security applies: its policies must show this user all items',
    )
  }
}

/** `transaction_timeout` exists since Postgres 17. Not `lock_timeout`, which the migrations' functions set themselves. */
const TIMEOUTS = ['statement_timeout', 'transaction_timeout'] as const
const SETTINGS = `select
  (select setting from pg_settings where name = 'statement_timeout') as statement_timeout,
  (select setting from pg_settings where name = 'transaction_timeout') as transaction_timeout,
  (select bool_or(row_security_active(oid)) from pg_class where oid in (to_regclass('item'), to_regclass('queue')))
    as is_row_security_active`

/** Adds and removes wait for each other for up to three seconds. 0 is no limit. */
function isTooShort(timeoutMs: number): boolean {
  return timeoutMs > 0 && timeoutMs < WRITE_DEADLINE_MS
}

function ask(connection: Connection, sql: string): Promise<Row[]> {
  return connection.send(sql, [], ANSWER_DEADLINE_MS)
}

async function verifyMigrations(connection: Connection, report: Report): Promise<void> {
  const obstacle = await findObstacle({ read: (sql) => ask(connection, sql) })
  if (obstacle !== undefined) {
    report('failed', 'database: migrations', obstacle)
    return
  }
  report('ok', 'database: migrations', 'all applied')
  await verifyUse(connection, report)
}

/** Reads as a web process does, adds an item and takes the oldest one off, and takes both back. */
async function verifyUse(connection: Connection, report: Report): Promise<void> {
  try {
    await ask(connection, 'begin isolation level read committed')
    await ask(connection, READS)
    await ask(connection, WRITES)
    await ask(connection, 'rollback')
    report('ok', 'database: use', 'pages can be read, items added and removed (it was rolled back)')
  } catch (error) {
    report('failed', 'database: use', describeDatabaseFault(error))
  }
}

const READS = 'select check_version(), read_page(0, 1), count_before(0, 1), last_page_after(1)'
const WRITES = `select write_batch('[{"add": "a trial", "key": "a trial"}, {"remove": "oldest"}]', 1, 1000, 0, 0)`
