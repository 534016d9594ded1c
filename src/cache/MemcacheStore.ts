import { createHash } from 'node:crypto'
import memjs from 'memjs'
import type { CacheStore, CasResult, StoredBytes, Token } from './CacheStore.js'
import type { MemcacheClient } from './MemcacheClient.js'
import { type MemcacheOptions, MemcacheServer } from './MemcacheServer.js'
import { type Counter, MAX_TTL_SECONDS } from './memcacheProtocol.js'

const MAX_KEY_BYTES = 250
/** So that a hash has room behind it. */
const MAX_PREFIX_BYTES = 150
/** Begins a key that stands for one which memcache can't take. */
const HASHED = 'sha256:'
/**
 * Memcache's text protocol and its tools can't use white space and control characters. Half a surrogate pair has no
 * UTF-8, so all of them would become the same key.
 */
const UNUSABLE_IN_KEY = /[\p{Cc}\p{Cs}\s]/u

/**
 * Memcache as a `CacheStore`. Each key lives on one of the servers. If a server is lost, only its own keys are lost.
 * There is no failover: two processes that disagree about which server is alive would use two caches.
 */
export class MemcacheStore implements CacheStore {
  readonly name = 'memcache'
  readonly isShared = true
  /** Resolves when it has tried each server once. Those that are down are retried in the background. */
  readonly ready: Promise<unknown>
  readonly #ttlSeconds: number
  readonly #keyPrefix: string
  readonly #servers: readonly MemcacheServer[]

  /** @throws RangeError without a server, or if memcache can't use the time to live or the prefix */
  constructor(options: MemcacheOptions) {
    const { servers, ttlSeconds, keyPrefix = '' } = options
    if (servers.length === 0) throw new RangeError('MemcacheStore needs at least one server')
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS)
      throw new RangeError(`ttlSeconds is a whole number from 1 to ${MAX_TTL_SECONDS}, not ${ttlSeconds}`)
    if (Buffer.byteLength(keyPrefix) > MAX_PREFIX_BYTES || UNUSABLE_IN_KEY.test(keyPrefix))
      throw new RangeError(`keyPrefix has at most ${MAX_PREFIX_BYTES} bytes and no white space`)
    this.#ttlSeconds = ttlSeconds
    this.#keyPrefix = keyPrefix
    this.#servers = servers.map((address) => new MemcacheServer(address, options))
    this.ready = Promise.all(this.#servers.map(({ ready }) => ready))
  }

  touch(key: string, token: Token): Promise<boolean> {
    return this.#attempt(key, (client, fullKey) => client.touch(fullKey, token, this.#ttlSeconds))
  }

  gets(key: string): Promise<StoredBytes | undefined> {
    return this.#attempt(key, (client, fullKey) => client.gets(fullKey))
  }

  add(key: string, bytes: Buffer): Promise<Token | undefined> {
    return this.#attempt(key, (client, fullKey) => client.add(fullKey, bytes, this.#ttlSeconds))
  }

  cas(key: string, bytes: Buffer, token: Token): Promise<CasResult> {
    return this.#attempt(key, (client, fullKey) => client.cas(fullKey, bytes, token, this.#ttlSeconds))
  }

  delete(key: string): Promise<void> {
    return this.#attempt(key, (client, fullKey) => client.delete(fullKey))
  }

  /**
   * Adds one to a counter that all processes share, or creates it.
   * @returns the new count; undefined if the server had no room for it, or if the key holds something else
   */
  increment(counter: Counter): Promise<number | undefined> {
    return this.#attempt(counter.key, (client, key) => client.increment({ ...counter, key }))
  }

  close(): void {
    for (const server of this.#servers) server.close()
  }

  /** Chooses the key's server as memjs does. */
  async #attempt<T>(key: string, operation: (client: MemcacheClient, key: string) => Promise<T>): Promise<T> {
    const fullKey = this.#fullKey(key)
    const server = this.#servers[memjs.Utils.hashCode(fullKey) % this.#servers.length] as MemcacheServer
    return await server.attempt(operation, fullKey)
  }

  /** With the prefix. No two keys become one, and memcache can take it. */
  #fullKey(key: string): string {
    const fullKey = `${this.#keyPrefix}${key}`
    const isUsable =
      key !== '' &&
      Buffer.byteLength(fullKey) <= MAX_KEY_BYTES &&
      !UNUSABLE_IN_KEY.test(key) &&
      !key.startsWith(HASHED)
    if (isUsable) return fullKey
    const hash = createHash('sha256').update(key, 'utf16le').digest('base64url')
    return `${this.#keyPrefix}${HASHED}${hash}`
  }
}
