/** The parts of a `DATABASE_URL`, as libpq reads it. Missing parts are undefined. */
export type DatabaseUrl = Readonly<ReturnType<typeof parseDatabaseUrl>>

const POSTGRES_URL = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s
const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s
/** If these were ignored, the app would connect elsewhere, or less securely, than the URL says. */
const UNSUPPORTED = [
  'hostaddr',
  'service',
  'servicefile',
  'requirepeer',
  'require_auth',
  'sslcrl',
  'sslcrldir',
]

/**
 * Reads a connection URI. Not with `URL`, which accepts neither an empty host after a user name nor a `#` in a password.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 * @throws Error that continues "DATABASE_URL …" and shows no secret
 */
export function parseDatabaseUrl(text: string) {
  const match = POSTGRES_URL.exec(text.trim())
  if (!match) throw new Error('should be a Postgres address: postgres://user:password@host:5432/database')
  const [, login = '', place = '', path = '', query = ''] = match
  refuseCutPassword(path, query)
  const parameters = parseParameters(query)
  const unsupported = UNSUPPORTED.find((name) => parameters.has(name))
  if (unsupported) throw new Error(`has ${unsupported}, which this app does not support`)
  const given = (name: string) => parameters.get(name) || undefined
  const [user = '', ...password] = login.split(':')
  const { host, port } = parsePlace(place, given('host'), given('port'))
  return {
    user: given('user') ?? decoded(user),
    password: given('password') ?? decoded(password.join(':')),
    /** A name, an address, or the folder of a Unix socket. */
    host,
    port,
    database: given('dbname') ?? decoded(path),
    /** All parameters after the `?`. */
    parameters,
  }
}

/** A `/` or `?` in a password ends it, and its parts would be taken for the port and the database, and shown. */
function refuseCutPassword(path: string, query: string): void {
  const names = query.split('&').map((parameter) => parameter.split('=')[0])
  if ([path, ...names].some((text) => text?.includes('@')))
    throw new Error('has an @ after a / or ?: in a name or password write %40 for @, %2F for / and %3F for ?')
}

function parseParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const parameter of query.split('&').filter(Boolean)) {
    const [name = '', ...value] = parameter.split('=')
    parameters.set(decoded(name) ?? '', decoded(value.join('=')) ?? '')
  }
  return parameters
}

function parsePlace(place: string, hostParameter: string | undefined, portParameter: string | undefined) {
  if ([place, hostParameter, portParameter].some((value) => value?.includes(','))) {
    throw new Error('names several hosts, but should name one')
  }
  const [, ipv6, name, port] = HOST_AND_PORT.exec(place) ?? []
  return {
    host: hostParameter ?? decoded(ipv6 ?? name ?? ''),
    port: parsePort(portParameter ?? decoded(port ?? '')),
  }
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new Error('has a port that should be a whole number from 1 to 65535')
  return port
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    throw new Error(
      'has a % that is not followed by two hexadecimal digits: write %25 for a % in a name or password',
    )
  }
}
