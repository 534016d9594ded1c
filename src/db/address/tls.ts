import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { codeOf } from '../errors.js'

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

/** How to encrypt a connection to Postgres, or not at all. */
export type TlsOptions = ConnectionOptions | false

export interface TlsSettings {
  readonly mode?: string | undefined
  /** A file, or `system` for the authorities that this machine trusts. */
  readonly rootCertificateFile?: string | undefined
  readonly certificateFile?: string | undefined
  readonly keyFile?: string | undefined
  readonly keyPassword?: string | undefined
}

/**
 * The kinds of TLS to try, in this order, as libpq means the modes.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 * @throws Error that names what can't be used
 */
export function tlsToTry(settings: TlsSettings, defaultMode: SslMode): readonly TlsOptions[] {
  const mode = settings.mode ?? (settings.rootCertificateFile === 'system' ? 'verify-full' : defaultMode)
  if (!isSslMode(mode)) {
    throw new Error(
      `sslmode in DATABASE_URL is ${JSON.stringify(mode)}, but should be one of ${SSL_MODES.join(', ')}`,
    )
  }
  if (mode === 'disable') return [false]
  const tls = tlsOptions(mode, settings)
  if (mode === 'prefer') return [tls, false]
  if (mode === 'allow') return [false, tls]
  return [tls]
}

function tlsOptions(mode: SslMode, settings: TlsSettings): ConnectionOptions {
  const { rootCertificateFile: root } = settings
  if (root === 'system' && mode !== 'verify-full') {
    throw new Error(`sslrootcert=system needs sslmode=verify-full, not ${mode}`)
  }
  const parse = (ca: string) => new X509Certificate(ca)
  const ca = root === undefined || root === 'system' ? {} : { ca: readPem('sslrootcert', root, parse) }
  const options = { ...ca, ...clientCertificate(settings) }
  if (mode === 'verify-full') return options
  // With a root certificate, the weaker modes mean verify-ca, for historical reasons (see libpq's documentation).
  const verifiesChain = mode === 'verify-ca' || (mode !== 'no-verify' && 'ca' in ca)
  if (verifiesChain) return { ...options, checkServerIdentity: () => undefined }
  return { ...options, rejectUnauthorized: false }
}

function clientCertificate({ certificateFile, keyFile, keyPassword }: TlsSettings): ConnectionOptions {
  if (certificateFile === undefined && keyFile === undefined) return {}
  if (certificateFile === undefined) throw new Error('sslkey (PGSSLKEY) needs sslcert (PGSSLCERT) beside it')
  if (keyFile === undefined) throw new Error('sslcert (PGSSLCERT) needs sslkey (PGSSLKEY) beside it')
  const passphrase = keyPassword === undefined ? {} : { passphrase: keyPassword }
  const cert = readPem('sslcert', certificateFile, (cert) => new X509Certificate(cert))
  const key = readPem('sslkey', keyFile, (key) => createSecureContext({ cert, key, ...passphrase }))
  return { cert, key, ...passphrase }
}

/** @param use fails now for what would fail at the first connection */
function readPem(name: string, file: string, use: (text: string) => unknown): string {
  const setting = `${name} (PG${name.toUpperCase()}) is ${JSON.stringify(file)}`
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const problem = `${setting}, which can't be read (${codeOf(error)})`
    throw new Error(`${problem}; it should be a file in PEM format`, { cause: error })
  }
  try {
    use(text)
    return text
  } catch (error) {
    throw new Error(`${setting}, which can't be used (${codeOf(error) || String(error)})`, { cause: error })
  }
}

function isSslMode(mode: string): mode is SslMode {
  return (SSL_MODES as readonly string[]).includes(mode)
}
