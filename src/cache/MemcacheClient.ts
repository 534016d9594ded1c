import memjs from 'memjs'
import { CacheUnavailable, type StoredBytes, type Token } from './CacheStore.js'
import { MemjsServer } from './MemjsServer.js'
import { type Counter, flagsAndExpiry, incrementOf, OPCODE, REFUSALS, STATUS } from './memcacheProtocol.js'

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
  readonly extras?: Buffer | undefined
  readonly value?: Buffer | undefined
  readonly cas?: Buffer | undefined
}

interface Response {
  readonly header: { readonly status: number; readonly cas: Buffer; readonly totalBodyLength: number }
  readonly key: Buffer
  readonly val: Buffer
}

/**
 * memjs with compare-and-swap: one connection to one server. Only this class and `MemjsServer` know memjs 1.3.2.
 *
 * It lives as long as its connection: when that breaks or an answer is late, memjs may be out of step for good (half
 * a response stays in its buffer) and tokens mean nothing any more (a restarted server counts from 1 again).
 * So its owner throws it away when an operation fails or `onClosed` is called, and makes a new one.
 */
export class MemcacheClient extends memjs.Client {
  readonly #server: MemjsServer
  #sequence = 0

  constructor({ host, port }: MemcacheAddress, credentials: MemcacheCredentials, onClosed: () => void) {
    // Without a user name memjs takes one from the environment.
    const { username = '', password = '' } = credentials
    const options = { timeout: MEMJS_TIMEOUT_SECONDS, conntimeout: MEMJS_TIMEOUT_SECONDS, keepAlive: true }
    const server = new MemjsServer(host, port, username, password, options, onClosed)
    super([server], { retries: 1, failover: false, logger: { log: () => {} } })
    this.#server = server
  }

  async gets(key: string): Promise<StoredBytes | undefined> {
    const { header, val } = await this.#ask(OPCODE.get, key)
    if (header.status === STATUS.notFound) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return { bytes: val, token: this.#token(header.cas) }
  }

  /** memjs's own `add` knows no tokens. */
  async addWithToken(key: string, bytes: Buffer, ttlSeconds: number): Promise<Token | undefined> {
    const { header } = await this.#ask(OPCODE.add, key, bytes, ttlSeconds)
    if (header.status === STATUS.exists || REFUSALS.has(header.status)) return undefined
    if (header.status !== STATUS.ok) throw unexpected(header.status)
    return this.#token(header.cas)
  }

  async cas(
    key: string,
    bytes: Buffer,
    token: Token,
    ttlSeconds: number,
  ): Promise<Token | 'conflict' | 'refused'> {
    // A token from before a reconnect: by chance a restarted server may count it again, for something else.
    if (!(token instanceof CasToken) || token.client !== this) return 'conflict'
    const { header } = await this.#ask(OPCODE.set, key, bytes, ttlSeconds, token.cas)
    if (header.status === STATUS.ok) return this.#token(header.cas)
    if (header.status === STATUS.exists || header.status === STATUS.notFound) return 'conflict'
    if (REFUSALS.has(header.status)) return 'refused'
    throw unexpected(header.status)
  }

  async remove(key: string): Promise<void> {
    const { header } = await this.#ask(OPCODE.delete, key)
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

  /** What the server says of itself, by memcache's own names. Not memjs's `stats`: that has other numbers. */
  async serverStats(): Promise<ReadonlyMap<string, string>> {
    const sequence = this.#nextSequence()
    const stats = new Map<string, string>()
    return await new Promise((resolve, reject) => {
      // One answer for each figure; memjs's word for "more to come" is `quiet`. An empty one is the last.
      const onFigure = ({ header, key, val }: Response) => {
        if (header.status !== STATUS.ok) reject(unexpected(header.status))
        else if (header.totalBodyLength === 0) resolve(stats)
        else stats.set(key.toString(), val.toString())
      }
      this.#server.onResponse(sequence, Object.assign(onFigure, { quiet: true }))
      this.#server.onError(sequence, (error: unknown) => reject(asError(error)))
      this.#server.write(memjs.Utils.makeRequestBuffer(OPCODE.stat, '', '', '', sequence))
    })
  }

  /** Ends the connection and every operation under way; those reject. */
  destroy(reason: Error): void {
    this.#server.destroy(reason)
  }

  /** A zero would mean "whatever is there" in a compare-and-swap. */
  #token(cas: Buffer): CasToken {
    if (isZero(cas)) throw new CacheUnavailable('this memcache server does no compare-and-swap')
    return new CasToken(this, cas)
  }

  #ask(opcode: number, key: string, value?: Buffer, ttlSeconds = 0, cas?: Buffer): Promise<Response> {
    return this.#send(opcode, key, { extras: value && flagsAndExpiry(ttlSeconds), value, cas })
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

/** The server's own number for what it held, and the client that it was told to. */
class CasToken {
  readonly client: MemcacheClient
  readonly cas: Buffer

  constructor(client: MemcacheClient, cas: Buffer) {
    this.client = client
    this.cas = cas
  }
}

function isZero(cas: Buffer): boolean {
  return cas.every((byte) => byte === 0)
}

/** An error may be a string: memjs says a wrong password that way. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new CacheUnavailable(String(error))
}

function unexpected(status: number): CacheUnavailable {
  return new CacheUnavailable(`memcache answered with status 0x${status.toString(16)}`)
}
