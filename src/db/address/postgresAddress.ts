import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ClientConfig } from 'pg'
import type { DatabaseUrl } from './databaseUrl.js'
import { type SslMode, type TlsOptions, type TlsSettings, tlsToTry } from './tls.js'

/** What to connect with. */
export interface PostgresAddress {
  /** All but TLS. */
  readonly client: ClientConfig
  /** The kinds of TLS to try, in this order, until the server accepts one. */
  readonly tls: readonly TlsOptions[]
}

/** Settings from the environment, for those that `DATABASE_URL` does not have. */
interface AddressDefaults extends TlsSettings {
  readonly host: string | undefined
  readonly port: number | undefined
  /** If nothing names a mode. */
  readonly defaultMode: SslMode | undefined
}

const DEFAULT_PORT = 5432
/** Where Debian's Postgres, and Postgres built from source, keep their sockets. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp']
const ON_THIS_MACHINE = /^(localhost|127(\.\d+){3}|::1)$/

/**
 * What to connect with, as psql would. node-postgres gets each setting by name and never sees the URL, because it does
 * not read the TLS settings as libpq does (for it `require` means `verify-full`, and any certificate turns TLS on).
 * Other settings (`PGUSER`, `PGPASSWORD`, `PGOPTIONS` …) node-postgres takes from the environment itself.
 * @throws Error that names what can't be used, without a secret
 */
export function postgresAddress(url: DatabaseUrl, defaults: AddressDefaults): PostgresAddress {
  const { user, password, database, parameters } = url
  const port = url.port ?? defaults.port
  const host = url.host ?? defaults.host ?? localServer(port ?? DEFAULT_PORT)
  const settings = { ...definedOf(defaults), ...definedOf(tlsSettings(parameters)) }
  const isSocket = host.startsWith('/')
  // libpq's own default is `prefer`. Within one machine nobody listens in, and encryption takes time, so there TLS is
  // used only if the server requires it.
  const defaultMode = defaults.defaultMode ?? (ON_THIS_MACHINE.test(host) ? 'allow' : 'prefer')
  const tls: readonly TlsOptions[] = isSocket ? [false] : tlsToTry(settings, defaultMode)
  const client = {
    host,
    user,
    password,
    port,
    database,
    options: parameters.get('options'),
    application_name: parameters.get('application_name'),
    fallback_application_name: 'queue',
    sslnegotiation: tlsNegotiation(parameters.get('sslnegotiation'), tls),
    enableChannelBinding: /^(prefer|require)$/.test(parameters.get('channel_binding') ?? ''),
  }
  return { client: definedOf(client), tls }
}

function tlsSettings(parameters: DatabaseUrl['parameters']): TlsSettings {
  return {
    mode: parameters.get('sslmode') ?? JDBC_MODES.get(parameters.get('ssl') ?? ''),
    rootCertificateFile: parameters.get('sslrootcert'),
    certificateFile: parameters.get('sslcert'),
    keyFile: parameters.get('sslkey'),
    keyPassword: parameters.get('sslpassword'),
  }
}

/** What other libraries write as `?ssl=`. */
const JDBC_MODES: ReadonlyMap<string, string> = new Map([
  ['true', 'require'],
  ['1', 'require'],
  ['no-verify', 'no-verify'],
  ['false', 'disable'],
  ['0', 'disable'],
])

function tlsNegotiation(way: string | undefined, tls: readonly TlsOptions[]): 'direct' | undefined {
  if (way === undefined || way === 'postgres') return undefined
  if (way !== 'direct') throw new Error('sslnegotiation in DATABASE_URL should be postgres or direct')
  if (tls.includes(false)) throw new Error('sslnegotiation=direct needs sslmode=require or a stricter one')
  return way
}

/** Without a host, psql uses the socket of this machine's Postgres. */
function localServer(port: number): string {
  const hasSocket = (folder: string) => existsSync(path.join(folder, `.s.PGSQL.${port}`))
  return SOCKET_FOLDERS.find(hasSocket) ?? 'localhost'
}

function definedOf<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
