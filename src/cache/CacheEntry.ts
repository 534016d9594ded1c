import type { CacheStore, Token } from './CacheStore.js'
import { type Codec, type Envelope, open, placeholder, seal } from './envelope.js'
import type { Versioned } from './Source.js'

/** A value that is in the store, and the token that replaces it. */
export interface Found<T> {
  readonly value: T
  readonly token: Token
}

/**
 * From now on nobody finds an older value: the cache has this one or a newer one (`stored`), or it has no room for it
 * and is empty (`cleared`).
 */
export type PublishResult = 'stored' | 'cleared'

interface CacheEntryOptions<T extends Versioned> {
  readonly store: CacheStore
  readonly key: string
  readonly codec: Codec<T>
  /** Called with a newer value that the store had already. */
  readonly onNewer: (value: T) => void
  /** Called if the store had other contents under the same version. */
  readonly onTwoContents: (version: number) => void
}

/** Memcache servers refuse items over 1 MB, which includes their own bookkeeping. */
const MAX_ENTRY_BYTES = 900_000

/**
 * One value in a store, which only ever gets newer: the rule "token first, then load, then compare-and-swap".
 * Every method throws `CacheUnavailable` if the store does.
 */
export class CacheEntry<T extends Versioned> {
  readonly #options: CacheEntryOptions<T>
  /** The entry as last seen. The same version has the same contents, so it need not be decoded again. */
  #latest: Found<T> | undefined

  constructor(options: CacheEntryOptions<T>) {
    this.#options = options
  }

  /** @param origin the source whose value is wanted; while it is unknown (undefined), nothing is found */
  async find(origin: string | undefined): Promise<Found<T> | undefined> {
    if (origin === undefined) return undefined
    const { store, key, codec } = this.#options
    const known = this.#latest
    if (known?.value.origin === origin && (await store.touch(key, known.token))) return known
    const stored = await store.gets(key)
    const envelope = stored && open(codec.format, origin, stored.bytes)
    return envelope && this.#decode(envelope, stored.token)
  }

  /**
   * A token to store a value with that is loaded after this (Facebook calls it a lease). The token breaks if anything
   * is stored, flushed or evicted meanwhile, so the load can't overwrite anything newer. Undefined if the store has no
   * room, or if somebody else removes the placeholder at once.
   */
  async acquireFillToken(): Promise<Token | undefined> {
    const { store, key, codec } = this.#options
    const token = await store.add(key, placeholder(codec.format))
    return token ?? (await store.gets(key))?.token
  }

  /**
   * Stores a value that was loaded after this token was read, or that is newer than what the token stands for. If the
   * token is broken, replaces an older value.
   */
  async fill(value: T, token: Token): Promise<PublishResult | 'absent'> {
    const { store, key, codec } = this.#options
    const bytes = seal(codec.format, value, codec.encode(value))
    let target: Token | 'absent' | 'stored' = token
    while (typeof target === 'object') {
      const outcome = bytes.length > MAX_ENTRY_BYTES ? 'refused' : await store.cas(key, bytes, target)
      if (outcome === 'refused') {
        // If there is no room for the new value, the old one must go. Whatever fills the gap is loaded after this, so it
        // has at least this version.
        await this.discard()
        return 'cleared'
      }
      if (outcome !== 'conflict') {
        this.#latest = { value, token: outcome }
        return 'stored'
      }
      // Somebody has stored a newer value, or there was a flush. Ends, because each turn means progress of somebody.
      target = await this.#findOlder(value)
    }
    return target
  }

  /**
   * Replaces an older value. That needs no fill token, because it only makes the cache newer.
   * @returns `absent` if the cache has no value of this origin. Then this one must not be stored, because a newer one
   *   may have come and gone. Only a fresh load may fill the gap.
   */
  async replaceIfOlder(value: T): Promise<PublishResult | 'absent'> {
    // However old a token is: if it is unbroken, the entry is still the one that it was read with. So a process that
    // knows the entry need not ask.
    const known = this.#latest
    const replacesKnown = known?.value.origin === value.origin && known.value.version < value.version
    const target = replacesKnown ? known.token : await this.#findOlder(value)
    return typeof target === 'string' ? target : await this.fill(value, target)
  }

  /** Deletes the entry, so that nobody finds a version that the source has lost or never had. */
  async discard(): Promise<void> {
    this.#latest = undefined
    await this.#options.store.delete(this.#options.key)
  }

  /** Reports if one version has two contents. */
  compare(one: T, other: T): void {
    const { codec, onTwoContents } = this.#options
    if (one === other || one.version !== other.version || one.origin !== other.origin) return
    if (!codec.encode(one).equals(codec.encode(other))) onTwoContents(one.version)
  }

  /** @returns the token of an older value; `stored` if this one is there or a newer one */
  async #findOlder(value: T): Promise<Token | 'absent' | 'stored'> {
    const { store, key, codec, onNewer } = this.#options
    const known = this.#latest
    const isNotOlder = known?.value.origin === value.origin && known.value.version >= value.version
    let found = isNotOlder && (await store.touch(key, known.token)) ? known : undefined
    if (!found) {
      const stored = await store.gets(key)
      const envelope = stored && open(codec.format, value.origin, stored.bytes)
      // It will be replaced, so its contents need not be decoded.
      if (envelope && envelope.version < value.version) return stored.token
      found = envelope && this.#decode(envelope, stored.token)
    }
    if (!found) return 'absent'
    if (found.value.version > value.version) onNewer(found.value)
    else this.compare(found.value, value)
    return 'stored'
  }

  #decode({ version, origin, body }: Envelope, token: Token): Found<T> | undefined {
    const known = this.#latest?.value
    const isKnown = known?.origin === origin && known.version === version
    const value = isKnown ? known : this.#options.codec.decode(body, { version, origin })
    if (!value) return undefined
    this.#latest = { value, token }
    return this.#latest
  }
}
