import type { CacheStore, StoredBytes, Token } from './CacheStore.js'
import { LruMap } from './LruMap.js'

interface Entry extends StoredBytes {
  readonly expiresAtMs: number
}

/** Above this number the entry that was used longest ago is deleted. */
const MAX_ENTRIES = 10_000

/** A store inside this process, for an app without memcache. */
export class MemoryStore implements CacheStore {
  readonly name = 'memory'
  readonly isShared = false
  readonly #entries = new LruMap<Entry>(MAX_ENTRIES)
  readonly #ttlMs: number

  constructor({ ttlSeconds }: { ttlSeconds: number }) {
    this.#ttlMs = ttlSeconds * 1000
  }

  async touch(key: string, token: Token): Promise<boolean> {
    return this.#living(key)?.token === token
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    return this.#living(key)
  }

  async add(key: string, bytes: Buffer): Promise<Token | undefined> {
    return this.#living(key) ? undefined : this.#put(key, bytes)
  }

  async cas(key: string, bytes: Buffer, token: Token): Promise<Token | 'conflict'> {
    return this.#living(key)?.token === token ? this.#put(key, bytes) : 'conflict'
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key)
  }

  close(): void {
    this.#entries.clear()
  }

  #living(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry && entry.expiresAtMs > performance.now()) return entry
    this.#entries.delete(key)
    return undefined
  }

  #put(key: string, bytes: Buffer): Token {
    const token = {}
    this.#entries.set(key, { bytes, token, expiresAtMs: performance.now() + this.#ttlMs })
    return token
  }
}
