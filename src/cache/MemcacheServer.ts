import { Breaker, type BreakerEvents } from './Breaker.js'
import { CacheUnavailable, inTime } from './CacheStore.js'
import { MemcacheClient } from './MemcacheClient.js'
import { hostAndPort, type MemcacheAddress, type MemcacheCredentials } from './MemcacheConnection.js'
import { lookUp } from './nameLookups.js'

/** For one operation. */
export const OPERATION_DEADLINE_MS = 50
/** To find the server's address, and as long again to connect, sign in and ask once. Only the probe waits for that. */
const CONNECT_DEADLINE_MS = 1_000

export interface MemcacheOptions {
  readonly servers: readonly MemcacheAddress[]
  readonly credentials?: MemcacheCredentials
  /** How long an entry lives after it was stored: 1 second to 30 days. */
  readonly ttlSeconds: number
  /** Prefix of every key, so that several apps can share a server: at most 150 bytes, without white space. */
  readonly keyPrefix?: string
  /** An operation whose answer takes longer has failed; 50 ms if not given. */
  readonly deadlineMs?: number
  /** If not given, the loss of a server is a warning of the Node process. */
  readonly events?: BreakerEvents
}

/**
 * One memcache server. It has one client. If an operation fails or is late, or if the connection closes, the client is
 * thrown away with its tokens. Until a new client has an answer, every call fails at once, without waiting.
 */
export class MemcacheServer {
  /** Resolves after the first attempt to connect. If that fails, it is retried in the background. */
  readonly ready: Promise<void>
  readonly #address: MemcacheAddress
  readonly #options: MemcacheOptions
  readonly #deadlineMs: number
  readonly #breaker: Breaker
  #client: MemcacheClient | undefined
  #isClosed = false

  constructor(address: MemcacheAddress, options: MemcacheOptions) {
    this.#address = address
    this.#options = options
    this.#deadlineMs = options.deadlineMs ?? OPERATION_DEADLINE_MS
    this.#breaker = new Breaker(options.events, hostAndPort(address))
    this.ready = this.#connect().catch((error: unknown) => this.#breaker.trip(error, () => this.#connect()))
  }

  /** Runs one operation on a key. @throws CacheUnavailable if it fails or takes too long */
  async attempt<T>(operation: (client: MemcacheClient, key: string) => Promise<T>, key: string): Promise<T> {
    const client = this.#client
    if (!client) throw new CacheUnavailable('memcache is down')
    try {
      return await inTime(this.#deadlineMs, operation(client, key))
    } catch (error) {
      this.#discard(client, error)
      throw asUnavailable(error)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#breaker.stop()
    this.#client?.destroy()
    this.#client = undefined
  }

  async #connect(): Promise<void> {
    const { credentials = {}, keyPrefix = '', ttlSeconds } = this.#options
    const probeKey = `${keyPrefix}probe`
    const client: MemcacheClient = new MemcacheClient(this.#address, credentials, (error) =>
      this.#discard(client, error),
    )
    try {
      await inTime(CONNECT_DEADLINE_MS, lookUp(this.#address.host))
      await inTime(CONNECT_DEADLINE_MS, client.add(probeKey, Buffer.alloc(0), ttlSeconds))
      // Connecting may be slow, but then the server must answer within the deadline of an operation. The key is there
      // now, so this also fails if the server gives no tokens. If it ends the connection at a touch, each hit would do so.
      const probe = await inTime(this.#deadlineMs, client.gets(probeKey))
      if (probe) await inTime(this.#deadlineMs, client.touch(probeKey, probe.token, ttlSeconds))
    } catch (error) {
      client.destroy()
      throw asUnavailable(error)
    }
    if (this.#isClosed) client.destroy()
    else this.#client = client
  }

  /** Does nothing for a client that was thrown away before: all its operations fail at the same time. */
  #discard(client: MemcacheClient, error: unknown): void {
    if (client !== this.#client) return
    this.#client = undefined
    client.destroy()
    this.#breaker.trip(error, () => this.#connect())
  }
}

function asUnavailable(error: unknown): CacheUnavailable {
  if (error instanceof CacheUnavailable) return error
  if (error instanceof Error)
    return new CacheUnavailable(`memcache failed: ${error.message}`, { cause: error })
  return new CacheUnavailable(String(error)) // memjs reports a wrong password as a string
}
