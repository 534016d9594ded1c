import { chown, copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, createAuthority, createCertificate } from './certificates.js'
import { query } from './database.js'
import { type Postgres, startPostgres } from './postgres.js'
import { userNobody } from './postgresBinaries.js'

export interface TlsPostgres {
  readonly postgres: Postgres
  /** The file of the authority that signed the server's certificate. */
  readonly authority: string
  /** The file of one that did not. */
  readonly otherAuthority: string
  /** A certificate of the user `postgres`, by the first authority. */
  readonly client: Certificate
  /** The url of its main database, by a name or address of this machine. */
  url(host?: string): string
}

/** Starts a Postgres that refuses connections without TLS. Its certificate is for `localhost`. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const postgres = await startPostgres()
  const authority = createAuthority(postgres.folder, 'authority')
  const other = createAuthority(postgres.folder, 'other-authority')
  await switchOn(postgres, createCertificate(postgres.folder, 'localhost', authority), authority)
  return {
    postgres,
    authority: authority.certificate,
    otherAuthority: other.certificate,
    client: createCertificate(postgres.folder, 'postgres', authority),
    url: (host = 'localhost') => postgres.url().replace('127.0.0.1', host),
  }
}

/** By password; the database `certified` by a certificate alone. */
const HOST_BASED_ACCESS = `
hostssl certified all all trust clientcert=verify-ca
hostssl all all all password
`

async function switchOn(
  postgres: Postgres,
  { certificate, key }: Certificate,
  authority: Certificate,
): Promise<void> {
  await install(authority.certificate, join(postgres.folder, 'data', 'authority.crt'))
  await install(certificate, join(postgres.folder, 'data', 'server.crt'))
  await install(key, join(postgres.folder, 'data', 'server.key'))
  await writeFile(join(postgres.folder, 'data', 'pg_hba.conf'), HOST_BASED_ACCESS)
  await query(postgres.url(), 'alter system set ssl = on')
  await query(postgres.url(), "alter system set ssl_ca_file = 'authority.crt'")
  await query(postgres.url(), 'select pg_reload_conf()')
}

/** Postgres reads a key only if it belongs to the user that Postgres runs as. */
async function install(file: string, target: string): Promise<void> {
  await copyFile(file, target)
  if (process.getuid?.() !== 0) return
  const { uid, gid } = userNobody()
  await chown(target, uid, gid)
}
