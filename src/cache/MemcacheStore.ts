import memjs from 'memjs'
import type { CacheStore, StoredBytes, Token } from './CacheStore.js'
import type { MemcacheAddress, MemcacheCredentials } from './MemcacheClient.js'
import { MemcacheServer } from './MemcacheServer.js'
import type { Counter } from './memcacheProtocol.js'

/** Hears when a server, given as `host:port`, is lost and regained. */
export interface MemcacheEvents {
  onLost(error: unknown, server: string): void
  onRegained(awayMs: number, server: string): void
}

export interface MemcacheOptions {
  readonly servers: readonly MemcacheAddress[]
  readonly credentials?: MemcacheCredentials
  /** An entry is gone so long after it was stored. */
  readonly ttlSeconds: number
  /** Stands before every key, so that several apps can share a server. */
  readonly keyPrefix?: string
  readonly events?: MemcacheEvents
}

const MAX_KEY_BYTES = 250
/** What memcache's text protocol and its tools can't take in a key. */
const UNUSABLE_IN_KEY = /[\p{Cc}\s]/u

/**
 * Memcache as a `CacheStore`. Each key lives on one of the servers; one that is lost takes its own keys down, no others.
 * No failover: two processes that disagree about which server is alive would use two caches.
 */
export class MemcacheStore implements CacheStore {
  readonly name = 'memcache'
  readonly isShared = true
  readonly #ttlSeconds: number
  readonly #keyPrefix: string
  readonly #servers: readonly MemcacheServer[]

  constructor({ servers, credentials = {}, ttlSeconds, keyPrefix = '', events }: MemcacheOptions) {
    if (servers.length === 0) throw new RangeError('MemcacheStore needs at least one server')
    this.#ttlSeconds = ttlSeconds
    this.#keyPrefix = keyPrefix
    this.#servers = servers.map((address) => {
      const name = `${address.host}:${address.port}`
      return new MemcacheServer({
        address,
        credentials,
        probeKey: `${keyPrefix}probe`,
        probeTtlSeconds: ttlSeconds,
        onLost: (error) => events?.onLost(error, name),
        onRegained: (awayMs) => events?.onRegained(awayMs, name),
      })
    })
  }

  /** Connects to every server for the first time. Those that are away are tried again in the background. */
  async start(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.start()))
  }

  async touch(key: string, token: Token): Promise<boolean> {
    const [server, fullKey] = this.#locate(key)
    return await server.attempt((client) => client.isUnchanged(fullKey, token, this.#ttlSeconds))
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    const [server, fullKey] = this.#locate(key)
    return await server.attempt((client) => client.gets(fullKey))
  }

  async add(key: string, bytes: Buffer): Promise<Token | undefined> {
    const [server, fullKey] = this.#locate(key)
    return await server.attempt((client) => client.addWithToken(fullKey, bytes, this.#ttlSeconds))
  }

  async cas(key: string, bytes: Buffer, token: Token): Promise<Token | 'conflict' | 'refused'> {
    const [server, fullKey] = this.#locate(key)
    return await server.attempt((client) => client.cas(fullKey, bytes, token, this.#ttlSeconds))
  }

  async delete(key: string): Promise<void> {
    const [server, fullKey] = this.#locate(key)
    await server.attempt((client) => client.remove(fullKey))
  }

  /**
   * Adds one to a counter that all processes share, or begins it.
   * @returns what it is then; undefined if the server had no room for it, or something else stands there
   */
  async increment(counter: Counter): Promise<number | undefined> {
    const [server, key] = this.#locate(counter.key)
    return await server.attempt((client) => client.increase({ ...counter, key }))
  }

  close(): void {
    for (const server of this.#servers) server.close()
  }

  /** As memjs spreads keys over servers. @throws RangeError if memcache can't take the key */
  #locate(key: string): [MemcacheServer, string] {
    const fullKey = `${this.#keyPrefix}${key}`
    if (Buffer.byteLength(fullKey) > MAX_KEY_BYTES || UNUSABLE_IN_KEY.test(fullKey)) {
      const problem = `A memcache key has at most ${MAX_KEY_BYTES} bytes, without white space and control characters`
      throw new RangeError(`${problem}: ${JSON.stringify(fullKey)}`)
    }
    const server = this.#servers[memjs.Utils.hashCode(fullKey) % this.#servers.length] as MemcacheServer
    return [server, fullKey]
  }
}
