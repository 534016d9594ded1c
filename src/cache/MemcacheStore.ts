import { Breaker, type BreakerEvents } from './Breaker.js'
import { type CacheStore, CacheUnavailable, type StoredBytes, type Token } from './CacheStore.js'
import { withinDeadline } from './deadline.js'
import { type MemcacheAddress, MemcacheClient, type MemcacheCredentials } from './MemcacheClient.js'
import type { Counter } from './memcacheProtocol.js'

/** For one operation; an answer that takes longer is none. */
export const OPERATION_DEADLINE_MS = 50
/** To connect, sign in and ask once. Nobody waits for that but the probe. */
const CONNECT_DEADLINE_MS = 1_000

export interface MemcacheOptions extends BreakerEvents {
  readonly servers: readonly MemcacheAddress[]
  readonly credentials: MemcacheCredentials
  readonly ttlSeconds: number
  /** Of several servers, the one that has this key is asked whether memcache works. */
  readonly probeKey: string
}

/**
 * Memcache as a `CacheStore`: one client for as long as all is well. A failed or late operation, or a closed
 * connection, and the client is thrown away with its tokens; until a new one has answered every call fails at
 * once, without waiting.
 */
export class MemcacheStore implements CacheStore {
  readonly name = 'memcache'
  readonly #options: MemcacheOptions
  readonly #breaker: Breaker
  #client: MemcacheClient | undefined
  #closed = false

  constructor(options: MemcacheOptions) {
    this.#options = options
    this.#breaker = new Breaker({
      probe: () => this.#connect(),
      onLost: (error) => options.onLost(error),
      onRegained: (awayMs) => options.onRegained(awayMs),
    })
  }

  /** Connects for the first time. Where that fails it is tried again in the background. */
  async start(): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      this.#breaker.trip(error)
    }
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    return await this.#attempt((client) => client.gets(key))
  }

  async add(key: string, bytes: Buffer): Promise<Token | undefined> {
    return await this.#attempt((client) => client.addWithToken(key, bytes, this.#options.ttlSeconds))
  }

  async cas(key: string, bytes: Buffer, token: Token): Promise<Token | 'conflict' | 'refused'> {
    return await this.#attempt((client) => client.cas(key, bytes, token, this.#options.ttlSeconds))
  }

  async delete(key: string): Promise<void> {
    await this.#attempt((client) => client.remove(key))
  }

  /**
   * Adds one to a counter that all processes share, or begins it. @returns what it is then; undefined where the
   * server had no room for it, or something else stands there
   */
  async increment(counter: Counter): Promise<number | undefined> {
    // On the probed key's server: another one that is away must not take the whole cache for down.
    return await this.#attempt((client) => client.incrementBeside(this.#options.probeKey, counter))
  }

  close(): void {
    this.#closed = true
    this.#breaker.stop()
    this.#client?.destroy(new CacheUnavailable('closed'))
    this.#client = undefined
  }

  async #attempt<T>(operation: (client: MemcacheClient) => Promise<T>): Promise<T> {
    const client = this.#client
    if (!client) throw new CacheUnavailable('memcache is down')
    try {
      return await withinDeadline(OPERATION_DEADLINE_MS, operation(client), () =>
        tooSlow(OPERATION_DEADLINE_MS),
      )
    } catch (error) {
      this.#discard(client, error)
      throw asUnavailable(error)
    }
  }

  async #connect(): Promise<void> {
    const { servers, credentials, probeKey } = this.#options
    const client: MemcacheClient = new MemcacheClient(servers, credentials, () =>
      this.#discard(client, new CacheUnavailable('memcache closed the connection')),
    )
    try {
      await withinDeadline(CONNECT_DEADLINE_MS, client.gets(probeKey), () => tooSlow(CONNECT_DEADLINE_MS))
      // Connecting takes its time; but only a cache that then answers as fast as it must is one to use.
      await withinDeadline(OPERATION_DEADLINE_MS, client.gets(probeKey), () => tooSlow(OPERATION_DEADLINE_MS))
    } catch (error) {
      client.destroy(asUnavailable(error))
      throw asUnavailable(error)
    }
    if (this.#closed) client.destroy(new CacheUnavailable('closed'))
    else this.#client = client
  }

  /** Does nothing for a client that was thrown away before: each fails in many places at once. */
  #discard(client: MemcacheClient, error: unknown): void {
    if (client !== this.#client) return
    this.#client = undefined
    client.destroy(asUnavailable(error))
    this.#breaker.trip(error)
  }
}

function tooSlow(deadlineMs: number): CacheUnavailable {
  return new CacheUnavailable(`memcache did not answer within ${deadlineMs} ms`)
}

function asUnavailable(error: unknown): CacheUnavailable {
  if (error instanceof CacheUnavailable) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new CacheUnavailable(`memcache failed: ${reason}`, { cause: error })
}
