import type { CacheStore, StoredBytes, Token } from './CacheStore.js'
import { headerOf, open, placeholder, seal } from './envelope.js'

export interface Versioned {
  /** Grows with every change of the value, never goes back, and is never used for two contents. */
  readonly version: number
  /** Which source the version counts in: versions of two sources can't be compared. Visible ASCII, at most 100 characters. */
  readonly origin: string
}

/** How a value is stored. */
export interface Codec<T extends Versioned> {
  /** Names the encoding. Another name makes everything stored under the old one a miss. */
  readonly format: string
  encode(value: T): Buffer
  /** A value with this version and origin. Undefined for anything unfamiliar. */
  decode(body: Buffer, stamp: Versioned): T | undefined
}

/** What was found: a value, or (a placeholder, another origin's, something unfamiliar) just the token to replace it with. */
export interface Seen<T> {
  readonly value: T | undefined
  readonly token: Token
}

/**
 * Nobody finds anything older than the value any more: the cache has it, or a newer one (`stored`), or it has
 * no room and nothing is there (`cleared`).
 */
export type Settled = 'stored' | 'cleared'

interface CachedValueOptions<T extends Versioned> {
  readonly store: CacheStore
  readonly key: string
  readonly codec: Codec<T>
  /** Hears of a value that was found where an older one was to be put. */
  readonly onNewer: (value: T) => void
}

/** Memcache servers refuse items over 1 MB, their own bookkeeping included. */
const LARGEST_VALUE_BYTES = 900_000

/**
 * One value in a store, which only ever gets newer: the rule "token first, then load, then compare-and-swap".
 * Every method throws `CacheUnavailable` where the store does.
 */
export class CachedValue<T extends Versioned> {
  readonly #store: CacheStore
  readonly #key: string
  readonly #codec: Codec<T>
  readonly #onNewer: (value: T) => void
  /** What was last known to be there. The same version has the same contents, so it need not be decoded again. */
  #latest: { readonly value: T; readonly header: Buffer; readonly token: Token } | undefined

  constructor({ store, key, codec, onNewer }: CachedValueOptions<T>) {
    this.#store = store
    this.#key = key
    this.#codec = codec
    this.#onNewer = onNewer
  }

  /** @param origin the source whose value is wanted. Of another one's, or as long as it is not known, only the token is seen */
  async look(origin: string | undefined): Promise<Seen<T> | undefined> {
    const stored = await this.#store.gets(this.#key)
    if (!stored) return undefined
    return { value: origin === undefined ? undefined : this.#decode(stored, origin), token: stored.token }
  }

  /**
   * A token with which to store what is loaded from now on. While it is unbroken nobody has stored anything and
   * nothing has been flushed or evicted since, so nothing newer than the load can be overwritten.
   * Undefined where the store has no room, or others undo it at once.
   */
  async claim(): Promise<Token | undefined> {
    const stored = await this.#store.gets(this.#key)
    if (stored) return stored.token
    const token = await this.#store.add(this.#key, placeholder(this.#codec.format))
    return token ?? (await this.#store.gets(this.#key))?.token // somebody else was quicker
  }

  /** Stores a value that was loaded after its token was read. */
  async store(value: T, token: Token): Promise<Settled | 'absent'> {
    return (await this.#swap(value, token)) ?? (await this.offer(value))
  }

  /**
   * Puts a value in the place of an older one; that needs no earlier token, since it only makes the cache newer.
   * @returns `absent` where the cache has no value of its origin: this one must not be put there, because a newer
   *   one may have come and gone. Only a fresh load may fill the gap.
   */
  async offer(value: T): Promise<Settled | 'absent'> {
    // An unbroken token proves that what it was read with is still there, whenever that was: mostly this process
    // knows what the next value replaces, and needs not ask.
    const known = this.#latest
    const replacesKnown = known?.value.origin === value.origin && known.value.version < value.version
    let seen: Seen<T> | undefined = replacesKnown ? known : await this.look(value.origin)
    for (;;) {
      if (!seen?.value) return 'absent'
      if (seen.value.version > value.version) this.#onNewer(seen.value)
      if (seen.value.version >= value.version) return 'stored'
      const settled = await this.#swap(value, seen.token)
      if (settled) return settled
      // Lost to somebody who made it newer, or to a flush: each turn is somebody's progress.
      seen = await this.look(value.origin)
    }
  }

  /** Leaves nothing, so that nobody finds a version that the source has lost, or never had. */
  async forget(): Promise<void> {
    this.#latest = undefined
    await this.#store.delete(this.#key)
  }

  /** @returns undefined where the token was broken */
  async #swap(value: T, token: Token): Promise<Settled | undefined> {
    const bytes = this.#encode(value)
    const outcome = bytes ? await this.#store.cas(this.#key, bytes, token) : 'refused'
    if (outcome === 'conflict') return undefined
    if (outcome === 'refused') {
      // Without room for the new value the old one must go. Whoever fills the gap loads after this, and so
      // gets at least this version.
      await this.forget()
      return 'cleared'
    }
    this.#latest = { value, header: headerOf(this.#codec.format, value), token: outcome }
    return 'stored'
  }

  #encode(value: T): Buffer | undefined {
    const bytes = seal(this.#codec.format, value, this.#codec.encode(value))
    return bytes.length <= LARGEST_VALUE_BYTES ? bytes : undefined
  }

  #decode({ bytes, token }: StoredBytes, origin: string): T | undefined {
    const known = this.#latest
    if (known?.value.origin === origin && startsWith(bytes, known.header)) {
      this.#latest = { ...known, token }
      return known.value
    }
    const envelope = open(this.#codec.format, origin, bytes)
    const value = envelope && this.#codec.decode(envelope.body, { version: envelope.version, origin })
    if (value) this.#latest = { value, header: headerOf(this.#codec.format, value), token }
    return value
  }
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.subarray(0, beginning.length).equals(beginning)
}
