import { codeOf } from '../db/errors.js'
import { reasonOf } from '../reasonOf.js'

/** What to do, by the error code of Postgres, node-postgres or Node's TLS. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is Postgres running, and is the port right?',
  ENOTFOUND: 'there is no host of that name: is DATABASE_URL right?',
  EHOSTUNREACH: 'there is no route to that host',
  '28P01': 'wrong password: was it changed after this process started?',
  '28000': 'Postgres does not let this user in: a wrong user name, or TLS is required (PGSSLMODE)',
  '3D000': 'there is no such database',
  '53300': 'all connections of the database are taken',
  '42501': 'this user may not do that: is the plan full, or was a right revoked?',
  '53100': 'the database’s disk is full',
  '25006': 'it takes no writes: a standby, or default_transaction_read_only',
  '55P03': 'somebody holds a lock on the queue: try again in a moment',
  '57P03': 'it is starting up or shutting down: try again in a moment',
  ECONNRESET: 'the connection was cut: is there a firewall or a pooler in between?',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is self-signed: set PGSSLROOTCERT to its file, or don’t verify it (PGSSLMODE=no-verify)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate authority is not known here: set PGSSLROOTCERT to its file',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the authority in PGSSLROOTCERT',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the authority in PGSSLROOTCERT',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it requires a client certificate: set sslcert and sslkey',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know the authority of the client certificate (sslcert)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name than DATABASE_URL has',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

/** What is wrong with the database, and what to do about it. */
export function describeDatabaseFault(error: unknown): string {
  const advice = ADVICE[codeOf(error)]
  return advice ? `${advice} (${reasonOf(error)})` : reasonOf(error)
}
