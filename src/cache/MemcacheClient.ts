import memjs from 'memjs'
import { CacheUnavailable, type CasResult, type StoredBytes, type Token } from './CacheStore.js'
import { MemcacheConnection } from './MemcacheConnection.js'
import { type Counter, flagsAndExpiry, incrementOf, OPCODE, REFUSALS, STATUS } from './memcacheProtocol.js'

/** The server's number for an entry, and the connection over which it was received. */
interface CasToken {
  readonly client: MemcacheClient
  readonly cas: Buffer
  /** By the clock of the process that stored the entry. 0 if unknown. */
  readonly storedAtSeconds: number
}

/**
 * memjs with compare-and-swap: one connection to one server.
 *
 * It lives as long as its connection. If the connection breaks or an answer is late, memjs may be out of step for good
 * (half a response stays in its buffer), and tokens mean nothing any more (a restarted server counts from 1 again). So
 * its owner throws it away and makes a new one when an operation fails or `onClosed` is called.
 */
export class MemcacheClient extends MemcacheConnection {
  /** Known after the first touch. If false, entries are fetched. */
  #touchTellsToken = true

  /**
   * Whether the entry still has this token. The server answers a touch with the token and no value. A touch sets a new
   * expiry: here the time that is left, less a second, so that rounding does not prolong the entry's life.
   */
  async touch(key: string, token: Token, ttlSeconds: number): Promise<boolean> {
    if (!this.#touchTellsToken || !this.#isOwn(token)) return false
    const leftSeconds = Math.floor(token.storedAtSeconds + ttlSeconds - Date.now() / 1000) - 1
    if (leftSeconds < 1 || leftSeconds > ttlSeconds) return false // expires soon, or it is unknown when it was stored
    const { header } = await this.ask(OPCODE.touch, key, { extras: memjs.Utils.makeExpiration(leftSeconds) })
    if (header.status === STATUS.notFound) return false
    if (header.status !== STATUS.ok && header.status !== STATUS.unknownCommand)
      throw unexpected(header.status)
    this.#touchTellsToken = header.status === STATUS.ok && !isZero(header.cas)
    return this.#touchTellsToken && header.cas.equals(token.cas)
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    const { header, extras, val } = await this.ask(OPCODE.get, key)
    if (header.status === STATUS.notFound) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return { bytes: val, token: this.#token(header.cas, extras.readUInt32BE()) }
  }

  async add(key: string, bytes: Buffer, ttlSeconds: number): Promise<Token | undefined> {
    const storedAtSeconds = nowSeconds()
    const extras = flagsAndExpiry(storedAtSeconds, ttlSeconds)
    const { header } = await this.ask(OPCODE.add, key, { extras, value: bytes })
    if (header.status === STATUS.exists || REFUSALS.has(header.status)) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return this.#token(header.cas, storedAtSeconds)
  }

  async cas(key: string, bytes: Buffer, token: Token, ttlSeconds: number): Promise<CasResult> {
    if (!this.#isOwn(token)) return 'conflict'
    const storedAtSeconds = nowSeconds()
    const extras = flagsAndExpiry(storedAtSeconds, ttlSeconds)
    const { header } = await this.ask(OPCODE.set, key, { extras, value: bytes, cas: token.cas })
    if (header.status === STATUS.ok) return this.#token(header.cas, storedAtSeconds)
    if (header.status === STATUS.exists || header.status === STATUS.notFound) return 'conflict'
    if (REFUSALS.has(header.status)) return 'refused'
    throw unexpected(header.status)
  }

  async delete(key: string): Promise<void> {
    const { header } = await this.ask(OPCODE.delete, key)
    if (header.status !== STATUS.ok && header.status !== STATUS.notFound) throw unexpected(header.status)
  }

  /** Adds one to a counter, or creates it with `initial`. @returns the new count; undefined if there was no room */
  async increment(counter: Counter): Promise<number | undefined> {
    const { header, val } = await this.ask(OPCODE.increment, counter.key, { extras: incrementOf(counter) })
    // Somebody else has created it at the same moment, so now it can be increased.
    if (header.status === STATUS.notStored) return await this.increment(counter)
    if (header.status === STATUS.notANumber || REFUSALS.has(header.status)) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return Number(val.readBigUInt64BE()) // memjs's own `increment` reads no more than 32 bits of it
  }

  #token(cas: Buffer, storedAtSeconds: number): CasToken {
    if (isZero(cas)) throw new CacheUnavailable('this memcache server does no compare-and-swap')
    return { client: this, cas, storedAtSeconds }
  }

  /** False for a token from before a reconnect: a restarted server may give the same token to another entry. */
  #isOwn(token: Token): token is CasToken {
    return 'client' in token && token.client === this
  }
}

/** Whether it is no token. In a compare-and-swap, zero means "store in any case". */
function isZero(cas: Buffer): boolean {
  return cas.every((byte) => byte === 0)
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function unexpected(status: number): CacheUnavailable {
  return new CacheUnavailable(`memcache answered with status 0x${status.toString(16)}`)
}
