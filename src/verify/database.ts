import type { Config } from '../config.js'
import type { PostgresAddress, TlsOptions } from '../db/address.js'
import type { Connection } from '../db/Connection.js'
import { type Row, WRITE_DEADLINE_MS } from '../db/Database.js'
import { Dialer } from '../db/Dialer.js'
import { findObstacle } from '../db/migrations.js'
import { codeOf, type Report, reasonOf } from './CheckResult.js'

const ANSWER_DEADLINE_MS = 5_000

/** What to do, by the error code of Postgres, node-postgres or Node's TLS. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is Postgres running, and the port right?',
  ENOTFOUND: 'there is no host of that name: is DATABASE_URL right?',
  EHOSTUNREACH: 'there is no route to that host',
  '28P01': 'wrong password: has it been rotated, and this process not restarted since?',
  '28000': 'Postgres does not let this user in like this: a wrong name, or TLS is missing (PGSSLMODE)',
  '3D000': 'there is no such database',
  '53300': 'all connections of the database are taken',
  '42501': 'this user may not do that: has the plan run full, or a right been revoked?',
  '53100': 'the database’s disk is full',
  '57P03': 'it is starting up or shutting down: try again in a moment',
  ECONNRESET: 'the connection was cut: does a firewall or a pooler stand in between?',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed: give it as PGSSLROOTCERT, or don’t verify (no-verify)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is unknown here: give it as PGSSLROOTCERT',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not of the authority in PGSSLROOTCERT',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not of the authority in PGSSLROOTCERT',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of ours: sslcert and sslkey',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know the authority of our certificate (sslcert)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name than DATABASE_URL has',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

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
    const advice = ADVICE[codeOf(error)]
    const reason = advice ? `${advice} (${reasonOf(error)})` : reasonOf(error)
    report('failed', 'database', `${placeOf(postgres)}: ${reason}`)
  } finally {
    await connection?.close()
  }
}

function placeOf({ client }: PostgresAddress): string {
  return client.host?.startsWith('/') ? client.host : `${client.host}:${client.port ?? 5432}`
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

/** Reports settings of the server, the database or the role that keep the app from working. */
async function verifySettings(connection: Connection, report: Report): Promise<void> {
  const [settings] = await ask(connection, SETTINGS)
  if (settings?.read_only === 'on') {
    report('failed', 'database: settings', 'it takes no writes: a standby, or default_transaction_read_only')
  }
  const tooShort = SHORT_TIMEOUTS.filter((name) => isTooShort(Number(settings?.[name])))
  for (const name of tooShort) {
    report(
      'note',
      'database: settings',
      `${name} is ${settings?.[name]} ms: busy writers may need up to 3000`,
    )
  }
}

const SHORT_TIMEOUTS = ['statement_timeout', 'lock_timeout'] as const
const SETTINGS = `select current_setting('transaction_read_only') as read_only,
  (select setting from pg_settings where name = 'statement_timeout') as statement_timeout,
  (select setting from pg_settings where name = 'lock_timeout') as lock_timeout`

/** Adds and removes wait for each other for up to three seconds. 0 is no limit. */
function isTooShort(timeoutMs: number): boolean {
  return timeoutMs > 0 && timeoutMs < WRITE_DEADLINE_MS
}

function ask(connection: Connection, sql: string): Promise<Row[]> {
  return connection.send(sql, [], ANSWER_DEADLINE_MS)
}

async function verifyMigrations(connection: Connection, report: Report): Promise<void> {
  const obstacle = await findObstacle({ read: (sql) => ask(connection, sql) })
  if (obstacle === undefined) report('ok', 'database: migrations', 'all applied')
  else report('failed', 'database: migrations', obstacle)
}
