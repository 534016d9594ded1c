import memjs from 'memjs'
import { CacheUnavailable, type StoredBytes, type Token } from './CacheStore.js'
import { CasToken, isZero } from './CasToken.js'
import { MemjsServer } from './MemjsServer.js'
import {
  type Counter,
  expiry,
  flagsAndExpiry,
  incrementOf,
  OPCODE,
  REFUSALS,
  STATUS,
} from './memcacheProtocol.js'

/** memjs's own limits only tidy up: callers have given up long before (see MemcacheStore). */
const MEMJS_TIMEOUT_SECONDS = 2
/** memjs counts requests in 32 signed bits and throws past 2^31; no two requests under way may share a number. */
const SEQUENCE_LIMIT = 2 ** 31

export interface MemcacheAddress {
  readonly host: string
  readonly port: number
}

export interface MemcacheCredentials {
  readonly username?: string | undefined
  readonly password?: string | undefined
}

interface RequestBody {
  readonly extras?: Buffer
  readonly value?: Buffer | undefined
  readonly cas?: Buffer | undefined
}

interface Response {
  readonly header: { readonly status: number; readonly cas: Buffer }
  readonly extras: Buffer
  readonly val: Buffer
}

/**
 * memjs 1.3.2 with compare-and-swap: one connection to one server.
 *
 * It lives as long as its connection: when that breaks or an answer is late, memjs may be out of step for good (half
 * a response stays in its buffer) and tokens mean nothing any more (a restarted server counts from 1 again).
 * So its owner throws it away when an operation fails or `onClosed` is called, and makes a new one.
 */
export class MemcacheClient extends memjs.Client {
  readonly #server: MemjsServer
  #sequence = 0
  /** Found out at the first touch. If not, entries are fetched. */
  #touchTellsToken = true

  constructor({ host, port }: MemcacheAddress, credentials: MemcacheCredentials, onClosed: () => void) {
    // Without a user name memjs takes one from the environment.
    const { username = '', password = '' } = credentials
    const options = { timeout: MEMJS_TIMEOUT_SECONDS, conntimeout: MEMJS_TIMEOUT_SECONDS, keepAlive: true }
    const server = new MemjsServer(host, port, username, password, options, onClosed)
    super([server], { retries: 1, failover: false, logger: { log: () => {} } })
    this.#server = server
  }

  /**
   * Asks by a touch, which is answered with the entry's token and no value. It sets the expiry anew, so it gives the time
   * that is left. The clocks of two processes and the rounding of seconds must not prolong that: a second less.
   */
  async isUnchanged(key: string, token: Token, ttlSeconds: number): Promise<boolean> {
    if (!this.#touchTellsToken || !this.#isOwn(token)) return false
    const leftSeconds = Math.floor(token.storedAtSeconds + ttlSeconds - Date.now() / 1000) - 1
    if (leftSeconds < 1 || leftSeconds > ttlSeconds) return false // nearly over, or it is not known when it was stored
    const { header } = await this.#send(OPCODE.touch, key, { extras: expiry(leftSeconds) })
    if (header.status === STATUS.notFound) return false
    if (header.status !== STATUS.ok && header.status !== STATUS.unknownCommand)
      throw unexpected(header.status)
    this.#touchTellsToken = header.status === STATUS.ok && !isZero(header.cas)
    return this.#touchTellsToken && header.cas.equals(token.cas)
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    const { header, extras, val } = await this.#send(OPCODE.get, key, {})
    if (header.status === STATUS.notFound) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return { bytes: val, token: this.#token(header.cas, extras.readUInt32BE()) }
  }

  /** memjs's own `add` knows no tokens. */
  async addWithToken(key: string, bytes: Buffer, ttlSeconds: number): Promise<Token | undefined> {
    const storedAtSeconds = nowSeconds()
    const extras = flagsAndExpiry(storedAtSeconds, ttlSeconds)
    const { header } = await this.#send(OPCODE.add, key, { extras, value: bytes })
    if (header.status === STATUS.exists || REFUSALS.has(header.status)) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return this.#token(header.cas, storedAtSeconds)
  }

  async cas(
    key: string,
    bytes: Buffer,
    token: Token,
    ttlSeconds: number,
  ): Promise<Token | 'conflict' | 'refused'> {
    if (!this.#isOwn(token)) return 'conflict'
    const storedAtSeconds = nowSeconds()
    const extras = flagsAndExpiry(storedAtSeconds, ttlSeconds)
    const { header } = await this.#send(OPCODE.set, key, { extras, value: bytes, cas: token.cas })
    if (header.status === STATUS.ok) return this.#token(header.cas, storedAtSeconds)
    if (header.status === STATUS.exists || header.status === STATUS.notFound) return 'conflict'
    if (REFUSALS.has(header.status)) return 'refused'
    throw unexpected(header.status)
  }

  async remove(key: string): Promise<void> {
    const { header } = await this.#send(OPCODE.delete, key, {})
    if (header.status !== STATUS.ok && header.status !== STATUS.notFound) throw unexpected(header.status)
  }

  /** Adds one to a counter, or begins it with `initial`. @returns what it is then; undefined if there was no room */
  async increase(counter: Counter): Promise<number | undefined> {
    const { header, val } = await this.#send(OPCODE.increment, counter.key, { extras: incrementOf(counter) })
    // Somebody else has begun it in this very moment; now it is there to be added to.
    if (header.status === STATUS.notStored) return await this.increase(counter)
    if (header.status === STATUS.notANumber || REFUSALS.has(header.status)) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return Number(val.readBigUInt64BE()) // memjs's own `increment` reads no more than 32 bits of it
  }

  /** Ends the connection and every operation under way; those reject. */
  destroy(reason: Error): void {
    this.#server.destroy(reason)
  }

  /** A zero would mean "whatever is there" in a compare-and-swap. */
  #token(cas: Buffer, storedAtSeconds: number): CasToken {
    if (isZero(cas)) throw new CacheUnavailable('this memcache server does no compare-and-swap')
    return new CasToken(this, cas, storedAtSeconds)
  }

  /** A token from before a reconnect: by chance a restarted server may count it again, for something else. */
  #isOwn(token: Token): token is CasToken {
    return token instanceof CasToken && token.client === this
  }

  #send(opcode: number, key: string, body: RequestBody): Promise<Response> {
    const sequence = this.#nextSequence()
    const { extras = '', value = '', cas } = body
    const request: Buffer = memjs.Utils.makeRequestBuffer(opcode, key, extras, value, sequence)
    cas?.copy(request, 16) // the header's CAS field
    return new Promise((resolve, reject) => {
      this.perform(key, request, sequence, (error: unknown, response: Response) => {
        if (error) reject(asError(error))
        else resolve(response)
      })
    })
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence + 1) % SEQUENCE_LIMIT
    return this.#sequence
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** An error may be a string: memjs says a wrong password that way. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new CacheUnavailable(String(error))
}

function unexpected(status: number): CacheUnavailable {
  return new CacheUnavailable(`memcache answered with status 0x${status.toString(16)}`)
}
