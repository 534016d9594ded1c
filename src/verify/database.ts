import pg from 'pg'
import type { Config } from '../config.js'
import { findObstacle } from '../db/migrations.js'
import { codeOf, type Report, reasonOf } from './Finding.js'

const CONNECT_DEADLINE_MS = 5_000

/** What to do about what node-postgres, Node's TLS or Postgres itself says, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is Postgres running, and the port right?',
  ENOTFOUND: 'there is no host of that name: is DATABASE_URL right?',
  EHOSTUNREACH: 'there is no route to that host',
  '28P01': 'wrong password: has it been rotated, and this process not restarted since?',
  '28000': 'Postgres does not let this user in like this: a wrong name, or TLS is missing (PGSSLMODE)',
  '3D000': 'there is no such database',
  '53300': 'all connections of the database are taken',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed: give it as PGSSLROOTCERT, or don’t verify (no-verify)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is unknown here: give it as PGSSLROOTCERT',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not of the authority in PGSSLROOTCERT',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not of the authority in PGSSLROOTCERT',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name than DATABASE_URL has',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

/** Whether Postgres can be reached and signed in to, how its TLS is checked, and whether it is migrated. */
export async function verifyDatabase({ postgres, dataDir }: Config, report: Report): Promise<void> {
  if (!postgres) {
    report('note', 'database', `DATABASE_URL is unset: an embedded one in ${dataDir}, for one process only`)
    return
  }
  const client = new pg.Client({
    ...postgres,
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    query_timeout: CONNECT_DEADLINE_MS,
  })
  client.on('error', () => {}) // the query under way says it
  const place = `${client.host}:${client.port}`
  try {
    await client.connect()
    report('ok', 'database', `${place} answers, as ${client.user} on ${client.database}`)
    reportTls(postgres.ssl, report)
    await verifyMigrations(client, report)
  } catch (error) {
    const advice = ADVICE[codeOf(error)]
    report('failed', 'database', `${place}: ${advice ? `${advice} (${reasonOf(error)})` : reasonOf(error)}`)
  } finally {
    await client.end()
  }
}

function reportTls(ssl: pg.ClientConfig['ssl'], report: Report): void {
  const isOn = Boolean(ssl)
  report(isOn ? 'ok' : 'note', 'database: TLS', howTlsIsChecked(ssl))
}

/** The connection stands, so whatever was to be verified has been. */
function howTlsIsChecked(ssl: pg.ClientConfig['ssl']): string {
  if (!ssl || ssl === true) return 'off: the connection is not encrypted (PGSSLMODE)'
  if (ssl.rejectUnauthorized === false) return 'on; the certificate is not verified (require, no-verify)'
  if (ssl.checkServerIdentity)
    return 'on; the certificate was verified, the host name in it was not (verify-ca)'
  return 'on; the certificate and the host name in it were verified (verify-full)'
}

async function verifyMigrations(client: pg.Client, report: Report): Promise<void> {
  const obstacle = await findObstacle({ read: async (sql) => (await client.query(sql)).rows })
  if (obstacle === undefined) report('ok', 'database: migrations', 'all applied')
  else report('failed', 'database: migrations', obstacle)
}
