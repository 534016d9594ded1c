import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import dotenv from 'dotenv'
import { MAX_TTL_SECONDS } from './cache/memcacheProtocol.js'
import { parseDatabaseUrl } from './db/address/databaseUrl.js'
import { postgresAddress } from './db/address/postgresAddress.js'
import { SSL_MODES } from './db/address/tls.js'
import { Environment } from './Environment.js'
import { parseMemcacheServers } from './memcacheServers.js'

/** The configuration can't be used. The message is one line that names everything wrong. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
}

export type Config = Readonly<ReturnType<typeof configOf>>

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
/** Memcache takes keys of 250 bytes without spaces. Ours have at most 100 without the prefix. */
const CACHE_KEY_PREFIX = /^[\x21-\x7e]{0,100}$/
/** `Production`, `prod`, or with the quotation marks that `docker run --env-file` keeps. */
const MEANS_PRODUCTION = /^["']?prod/i

/**
 * Reads the environment, and `.env` for variables that the environment leaves unset. The only reader of `process.env`.
 * @throws InvalidConfig
 */
export function readConfig(): Config {
  const file = readEnvFile(process.env.DOTENV_CONFIG_PATH ?? '.env')
  dotenv.populate(process.env, dotenv.parse(file)) // node-postgres reads PGPASSWORD and the like there
  return parseConfig(process.env)
}

/** The file is optional, but if there is one it must be read. */
function readEnvFile(file: string): Buffer {
  try {
    const bytes = readFileSync(file)
    if (isUtf8(bytes)) return bytes
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return Buffer.alloc(0)
    throw new InvalidConfig(
      `Can't start: .env can't be read (${code}); it should be a file of lines NAME=value`,
    )
  }
  throw new InvalidConfig(
    "Can't start: .env is not UTF-8, but it should be; Windows PowerShell writes UTF-16 unless told otherwise",
  )
}

/** @throws InvalidConfig */
export function parseConfig(values: Readonly<Record<string, string | undefined>>): Config {
  const env = new Environment(values)
  const { faults } = env
  try {
    const config = Object.freeze(configOf(env))
    if (!env.text('DATABASE_URL')) faults.push(...faultsWithoutDatabaseUrl(config))
    if (faults.length === 0) return config
  } catch (error) {
    faults.push((error as Error).message)
  }
  throw new InvalidConfig(`Can't start: ${faults.join('; ')}`)
}

function faultsWithoutDatabaseUrl({ isProduction, webConcurrency }: Config): string[] {
  const faults: string[] = []
  if (isProduction) faults.push('DATABASE_URL is missing: in production it should be a Postgres address')
  if (webConcurrency > 1) {
    faults.push(
      `WEB_CONCURRENCY is "${webConcurrency}", but should be 1 without DATABASE_URL: the embedded database takes one process`,
    )
  }
  return faults
}

/** Each variable with its default. A value that can't be used is noted in `env.faults`. */
function configOf(env: Environment) {
  const isProduction = env.parsed('NODE_ENV', parseNodeEnv) === 'production'
  /** Set on Heroku. */
  const dyno = env.text('DYNO')
  const host = env.text('HOST')
  const trustProxyHops = env.wholeNumber('TRUST_PROXY', 0, 100) ?? (dyno ? 1 : 0)
  return {
    isProduction,
    /** The dyno's name on Heroku. A dyno may run several processes. */
    name: dyno ?? 'web',
    logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS) ?? 'info',
    operatorPassword: env.text('OPERATOR_PASSWORD'),
    port: env.wholeNumber('PORT', 0, 65_535) ?? 3000,
    host,
    /** On a laptop a foreign page may have its own name resolve to 127.0.0.1, so only local names are accepted. */
    takesLocalHostsOnly: !isProduction && host === undefined,
    /** Undefined: the embedded database in `dataDir`. */
    postgres: postgresOf(env),
    dataDir: env.text('DATA_DIR') ?? '.data',
    memcache: {
      /** Empty: a cache inside the process. */
      servers:
        env.parsed('MEMCACHIER_SERVERS', parseMemcacheServers) ??
        env.parsed('MEMCACHE_SERVERS', parseMemcacheServers) ??
        [],
      username: env.text('MEMCACHIER_USERNAME') ?? env.text('MEMCACHE_USERNAME'),
      password: env.text('MEMCACHIER_PASSWORD') ?? env.text('MEMCACHE_PASSWORD'),
    },
    cacheTtlSeconds: env.wholeNumber('CACHE_TTL', 1, MAX_TTL_SECONDS) ?? 500,
    cacheKeyPrefix: env.parsed('CACHE_KEY_PREFIX', parseKeyPrefix) ?? '',
    freshnessLeaseMs: env.wholeNumber('FRESHNESS_LEASE_MS', 0, 60_000) ?? 200,
    pageSize: env.wholeNumber('PAGE_SIZE', 1, 1000) ?? 100,
    slowQueryMs: env.wholeNumber('SLOW_QUERY_MS', 0, 60_000) ?? 0,
    auditOneIn: env.wholeNumber('AUDIT_ONE_IN', 0, 999_999_999) ?? 1000,
    /** 0: no limit. */
    writeLimitPerMinute: env.wholeNumber('WRITE_LIMIT_PER_MINUTE', 0, 100_000) ?? 300,
    /** How many proxies stand in front, whose `X-Forwarded-` headers are trusted. Heroku's router is one. */
    trustProxyHops,
    /** Only if a proxy says which requests came in plain HTTP. Without a proxy the redirects would never end. */
    redirectsToHttps: isProduction && dyno !== undefined && trustProxyHops > 0,
    /** Web processes on this machine. They share its connections to Postgres. Heroku sets it by the dyno's memory. */
    webConcurrency: env.wholeNumber('WEB_CONCURRENCY', 1, 64) ?? 1,
  }
}

function postgresOf(env: Environment) {
  const mode = env.oneOf('PGSSLMODE', SSL_MODES)
  const url = env.parsed('DATABASE_URL', parseDatabaseUrl)
  return (
    url &&
    postgresAddress(url, {
      host: env.text('PGHOST'),
      port: env.wholeNumber('PGPORT', 1, 65_535),
      mode,
      defaultMode: env.text('DYNO') ? 'no-verify' : undefined,
      rootCertificateFile: env.text('PGSSLROOTCERT'),
      certificateFile: env.text('PGSSLCERT'),
      keyFile: env.text('PGSSLKEY'),
    })
  )
}

/** Any name, but not a misspelt `production`: then `/status` would be open, and the database an embedded one. */
function parseNodeEnv(text: string): string {
  if (text === 'production' || !MEANS_PRODUCTION.test(text)) return text
  throw new Error('should be production, in small letters and without quotation marks')
}

function parseKeyPrefix(text: string): string {
  if (CACHE_KEY_PREFIX.test(text)) return text
  throw new Error('should be at most 100 visible ASCII characters, without a space')
}
