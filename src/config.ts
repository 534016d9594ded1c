import { isIPv4, isIPv6 } from 'node:net'
import dotenv from 'dotenv'
import { z } from 'zod'
import { postgresAddress } from './db/address.js'
import { parseDatabaseUrl } from './db/databaseUrl.js'
import { SSL_MODES } from './db/tls.js'

/** The configuration can't be used; the message names every fault, in one line. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
}

type Environment = Record<string, string | undefined>
export type Config = ReturnType<typeof toConfig>

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
/** Memcache takes a longer time to live for a date. */
const LONGEST_TTL_SECONDS = 30 * 24 * 60 * 60
const DEFAULT_MEMCACHE_PORT = 11211
const MEMCACHE_SERVER = /^(?:\[([0-9a-fA-F:.]+)\]|([\p{L}\p{N}._-]+))(?::(\d{1,5}))?$/u
/** Looks like an IPv4 address, which no host name does. */
const NUMBERS = /^[\d.]+$/
/** Memcache takes keys of 250 bytes without spaces; the longest of ours is 100 without its prefix. */
const CACHE_KEY_PREFIX = /^[\x21-\x7e]{0,100}$/
/** Their values hold passwords, so a message about them shows none. */
const SECRETS = new Set(['DATABASE_URL', 'MEMCACHIER_PASSWORD', 'MEMCACHE_PASSWORD', 'OPERATOR_PASSWORD'])

const environment = z.object({
  NODE_ENV: z.string().optional(),
  DYNO: z.string().optional(), // set on Heroku
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().optional(),
  DATABASE_URL: databaseUrl().optional(),
  DATA_DIR: z.string().default('.data'),
  PGHOST: z.string().optional(),
  PGSSLMODE: oneOf(SSL_MODES).optional(),
  PGSSLROOTCERT: z.string().optional(),
  PGSSLCERT: z.string().optional(),
  PGSSLKEY: z.string().optional(),
  MEMCACHIER_SERVERS: memcacheServers().optional(),
  MEMCACHIER_USERNAME: z.string().optional(),
  MEMCACHIER_PASSWORD: z.string().optional(),
  MEMCACHE_SERVERS: memcacheServers().optional(),
  MEMCACHE_USERNAME: z.string().optional(),
  MEMCACHE_PASSWORD: z.string().optional(),
  CACHE_TTL: wholeNumber(1, LONGEST_TTL_SECONDS).default(500),
  CACHE_KEY_PREFIX: z
    .string()
    .trim()
    .regex(CACHE_KEY_PREFIX, { error: 'should be at most 100 visible ASCII characters, without a space' })
    .default(''),
  FRESHNESS_LEASE_MS: wholeNumber(0, 60_000).default(200),
  PAGE_SIZE: wholeNumber(1, 1000).default(100),
  SLOW_QUERY_MS: wholeNumber(0, 60_000).default(0),
  AUDIT_ONE_IN: wholeNumber(0, 999_999_999).default(1000),
  WRITE_LIMIT_PER_MINUTE: wholeNumber(0, 100_000).default(300),
  TRUST_PROXY: wholeNumber(0, 100).optional(),
  OPERATOR_PASSWORD: z.string().optional(),
  WEB_CONCURRENCY: wholeNumber(1, 64).default(1), // Heroku sets it by the dyno's memory
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
})

/**
 * Reads the environment, and `.env` for what the environment leaves unset. The only reader of `process.env`.
 * @throws InvalidConfig
 */
export function readConfig(): Config {
  const { error } = dotenv.config({ quiet: true })
  // There need not be one; but what it says must not be left out without a word.
  if (error && error.code !== 'ENOENT') {
    throw new InvalidConfig(
      `Can't start: .env can't be read (${error.code}); it should be a file of lines NAME=value`,
    )
  }
  return parseConfig(process.env)
}

/** @throws InvalidConfig */
export function parseConfig(values: Environment): Config {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value?.trim()))
  const { data, error } = environment.safeParse(given)
  const faults = error?.issues.map((issue) => fault(String(issue.path[0]), given, issue.message)) ?? []
  if (values.NODE_ENV === 'production' && !given.DATABASE_URL) {
    faults.push('DATABASE_URL is missing: in production it should be a Postgres address')
  }
  if (!given.DATABASE_URL && (data?.WEB_CONCURRENCY ?? 1) > 1) {
    faults.push(
      `WEB_CONCURRENCY is "${given.WEB_CONCURRENCY}", but should be 1 without DATABASE_URL: the embedded database takes one process`,
    )
  }
  if (!data || faults.length > 0) throw new InvalidConfig(`Can't start: ${faults.join('; ')}`)
  try {
    return Object.freeze(toConfig(data))
  } catch (error) {
    throw new InvalidConfig(`Can't start: ${(error as Error).message}`)
  }
}

function toConfig(env: z.output<typeof environment>) {
  const trustProxyHops = env.TRUST_PROXY ?? (env.DYNO ? 1 : 0)
  return {
    isProduction: env.NODE_ENV === 'production',
    /** The dyno's on Heroku; there may be several processes of it. */
    name: env.DYNO ?? 'web',
    logLevel: env.LOG_LEVEL,
    /** Opens what is for operators only. */
    operatorPassword: env.OPERATOR_PASSWORD,
    port: env.PORT,
    host: env.HOST,
    /** On a laptop, where a page elsewhere may have its name point to 127.0.0.1. */
    takesLocalHostsOnly: env.NODE_ENV !== 'production' && env.HOST === undefined,
    /** Undefined: the embedded database in `dataDir`. */
    postgres: env.DATABASE_URL
      ? postgresAddress(env.DATABASE_URL, {
          host: env.PGHOST,
          mode: env.PGSSLMODE,
          defaultMode: env.DYNO ? 'no-verify' : undefined,
          rootCertificateFile: env.PGSSLROOTCERT,
          certificateFile: env.PGSSLCERT,
          keyFile: env.PGSSLKEY,
          keyPassword: undefined,
        })
      : undefined,
    dataDir: env.DATA_DIR,
    memcache: {
      /** None: a cache inside the process. */
      servers: env.MEMCACHIER_SERVERS ?? env.MEMCACHE_SERVERS ?? [],
      username: env.MEMCACHIER_USERNAME ?? env.MEMCACHE_USERNAME,
      password: env.MEMCACHIER_PASSWORD ?? env.MEMCACHE_PASSWORD,
    },
    cacheTtlSeconds: env.CACHE_TTL,
    /** Stands before every key in memcache. */
    cacheKeyPrefix: env.CACHE_KEY_PREFIX,
    freshnessLeaseMs: env.FRESHNESS_LEASE_MS,
    pageSize: env.PAGE_SIZE,
    slowQueryMs: env.SLOW_QUERY_MS,
    auditOneIn: env.AUDIT_ONE_IN,
    /** 0: no limit. */
    writeLimitPerMinute: env.WRITE_LIMIT_PER_MINUTE,
    /** How many proxies stand in front, whose `X-Forwarded-` headers are believed. Heroku's router is one. */
    trustProxyHops,
    /** Only where a proxy says which requests came in plain: without one nobody would ever get past the redirect. */
    redirectsToHttps: env.NODE_ENV === 'production' && env.DYNO !== undefined && trustProxyHops > 0,
    /** Web processes on this machine; they share its connections to Postgres. */
    webConcurrency: env.WEB_CONCURRENCY,
  }
}

function wholeNumber(least: number, most: number) {
  const error = `should be a whole number from ${least} to ${most}`
  const isInRange = (value: number) => value >= least && value <= most
  return z
    .string()
    .trim()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine(isInRange, { error })
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `should be one of ${values.join(', ')}` })
}

function databaseUrl() {
  return z.string().transform((text, context) => {
    try {
      return parseDatabaseUrl(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
      return z.NEVER
    }
  })
}

/** `host[:port]`, several separated by commas; semicolons and spaces do too, because other libraries want those. */
function memcacheServers() {
  return z.string().transform((list, context) => {
    const servers = list.split(/[,;\s]+/).filter(Boolean)
    const addresses = servers.map(memcacheAddress)
    const wrong = servers.find((_, index) => addresses[index] === undefined)
    if (servers.length > 0 && wrong === undefined) return addresses.filter((address) => address !== undefined)
    const part = wrong === undefined || wrong === list ? '' : `${JSON.stringify(wrong)} in it `
    const message = `${part}should be host or host:port, port 1 to 65535, several separated by commas`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
}

function memcacheAddress(server: string): { host: string; port: number } | undefined {
  const [, ipv6, name, port = DEFAULT_MEMCACHE_PORT] = MEMCACHE_SERVER.exec(server) ?? []
  const host = ipv6 ?? name
  const isHost = ipv6 ? isIPv6(ipv6) : !NUMBERS.test(name ?? '') || isIPv4(name ?? '')
  const isPort = Number(port) > 0 && Number(port) <= 65_535
  return host && isHost && isPort ? { host, port: Number(port) } : undefined
}

function fault(name: string, given: Environment, message: string): string {
  const value = given[name] ?? ''
  const isSecret = SECRETS.has(name) || value.includes('@')
  return isSecret ? `${name} ${message}` : `${name} is ${JSON.stringify(value)}, but ${message}`
}
