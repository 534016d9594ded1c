import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inTime } from '../cache/CacheStore.js'
import { hostAndPort, type MemcacheAddress, type MemcacheCredentials } from '../cache/index.js'
import { MemcacheClient } from '../cache/MemcacheClient.js'
import type { Config } from '../config.js'
import { isRefusedSignIn, whatIsWrong } from './memcacheFaults.js'
import { verifyOneCache, verifyOperations, verifySpeed } from './memcacheOperations.js'
import type { Report } from './Report.js'
import { knowsSasl } from './sasl.js'

const RETRY_MS = 1_000
/** Longer than memjs waits for a silent server, whose error says more. A server that sends byte by byte is not silent. */
const ANSWER_DEADLINE_MS = 5_000

class VerifyingClient extends MemcacheClient {
  override ask(...request: Parameters<MemcacheClient['ask']>): ReturnType<MemcacheClient['ask']> {
    return inTime(ANSWER_DEADLINE_MS, super.ask(...request))
  }
}

/**
 * Checks that each memcache server can be reached and signed in to, and does what the cache needs.
 * @param retryForMs how long to retry if signing in is refused
 */
export async function verifyMemcache(config: Config, report: Report, retryForMs: number): Promise<void> {
  const { servers, username, password } = config.memcache
  if (servers.length === 0) {
    reportNoServers(config, report)
    return
  }
  if (Boolean(username) !== Boolean(password)) {
    report('failed', 'memcache', 'only one of user name and password is set, so the app does not sign in')
  }
  for (const server of servers) await verifyServer(server, config, report, retryForMs)
}

/** Without servers memjs would connect to localhost. The app never does. */
function reportNoServers({ memcache, postgres }: Config, report: Report): void {
  const unset = 'neither MEMCACHIER_SERVERS nor MEMCACHE_SERVERS is set'
  if (memcache.username || memcache.password) {
    report(
      'failed',
      'memcache',
      `there are credentials, but ${unset}: the app uses no memcache, and does not try localhost`,
    )
    return
  }
  const meaning = postgres
    ? 'Several processes stay right, but each page load asks Postgres for the version'
    : 'That is enough for the embedded database, which has only one process'
  report('note', 'memcache', `${unset}: the cache is inside the process. ${meaning}`)
}

async function verifyServer(
  server: MemcacheAddress,
  config: Config,
  report: Report,
  retryForMs: number,
): Promise<void> {
  const name = `memcache ${hostAndPort(server)}`
  const key = `${config.cacheKeyPrefix}verify-${randomBytes(16).toString('hex')}`
  const connect = () => new VerifyingClient(server, config.memcache)
  let client: MemcacheClient | undefined
  try {
    client = await signIn(connect, key, retryForMs)
    const as = await signedInAs(server, config.memcache)
    report('ok', name, `answers in the binary protocol, ${as}; a new key is empty`)
    const checked = { client, name, key, report }
    await verifyOperations(checked)
    await verifyOneCache(checked, connect)
    await verifySpeed(checked)
  } catch (error) {
    report('failed', name, whatIsWrong(error, server, config.memcache, retryForMs))
  } finally {
    await client?.delete(key).catch(() => {}) // the fault has been reported, and the key expires within a minute
    client?.destroy()
  }
}

/** How the app is signed in to the server. */
async function signedInAs(
  server: MemcacheAddress,
  { username, password }: MemcacheCredentials,
): Promise<string> {
  if (!username || !password) return 'without a password'
  if (await knowsSasl(server)) return `as ${username} (SASL)`
  return 'without a password: it has no SASL, and ignores user name and password'
}

/** The first client that gets an answer. */
async function signIn(
  connect: () => MemcacheClient,
  key: string,
  retryForMs: number,
): Promise<MemcacheClient> {
  const deadlineMs = performance.now() + retryForMs
  for (;;) {
    const client = connect()
    try {
      if ((await client.gets(key)) !== undefined)
        throw new Error('it returns a value for a key that was never stored')
      return client
    } catch (error) {
      client.destroy()
      if (!isRefusedSignIn(error) || performance.now() > deadlineMs) throw error
      await delay(RETRY_MS)
    }
  }
}
