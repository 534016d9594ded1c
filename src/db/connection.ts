import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { ClientConfig } from 'pg'

/** As libpq names them. `no-verify` is node-postgres's own word for what `require` means there too. */
export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'no-verify',
  'verify-ca',
  'verify-full',
] as const
export type SslMode = (typeof SSL_MODES)[number]

const SSL_PARAMETERS = ['ssl', 'sslmode', 'sslrootcert', 'uselibpqcompat']

interface TlsDefaults {
  readonly mode: SslMode
  readonly rootCertificateFile: string | undefined
}

export function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, searchParams } = new URL(text)
  const mode = searchParams.get('sslmode')
  return /^postgres(ql)?:$/.test(protocol) && (mode === null || isSslMode(mode))
}

/**
 * What to connect with. TLS is settled here, as libpq means the modes, because node-postgres reads them otherwise
 * (to it `require` is `verify-full`). `?sslmode=` and `?sslrootcert=` in the address win over the defaults.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 * @throws where the root certificate can't be read
 */
export function postgresConnection(address: string, defaults: TlsDefaults): ClientConfig {
  const url = new URL(address)
  const mode = url.searchParams.get('sslmode') ?? defaults.mode
  const file = url.searchParams.get('sslrootcert') ?? defaults.rootCertificateFile
  for (const parameter of SSL_PARAMETERS) url.searchParams.delete(parameter)
  return { connectionString: url.href, ssl: tlsOptions(mode, file), application_name: 'queue' }
}

function tlsOptions(mode: string, rootCertificateFile: string | undefined): ConnectionOptions | false {
  const ca = rootCertificateFile === undefined ? {} : { ca: readRootCertificate(rootCertificateFile) }
  const ignoreName = { checkServerIdentity: () => undefined }
  switch (mode) {
    case 'verify-full':
      return ca
    case 'verify-ca':
      return { ...ca, ...ignoreName }
    case 'require':
      // With a root certificate it means verify-ca, for reasons of history that libpq's documentation tells.
      return 'ca' in ca ? { ...ca, ...ignoreName } : { rejectUnauthorized: false }
    case 'no-verify':
      return { rejectUnauthorized: false }
    default:
      // allow and prefer promise nothing; node-postgres can't fall back from one to the other.
      return false
  }
}

function readRootCertificate(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`PGSSLROOTCERT or sslrootcert is ${JSON.stringify(file)}, which can't be read`, {
      cause: error,
    })
  }
}

function isSslMode(mode: string): mode is SslMode {
  return (SSL_MODES as readonly string[]).includes(mode)
}
