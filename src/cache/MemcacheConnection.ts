import { isIPv6, type Socket } from 'node:net'
import memjs, { type Response } from 'memjs'
import { CacheUnavailable } from './CacheStore.js'

/** Only to clean up: callers have given up long before memjs does (see `MemcacheServer`). */
const MEMJS_TIMEOUT_SECONDS = 2
/** memjs throws if a request's number needs more than 31 bits. Two requests under way may not share a number. */
const SEQUENCE_LIMIT = 2 ** 31
/** Position of the token in a request's header. */
const CAS_OFFSET = 16

export interface MemcacheAddress {
  readonly host: string
  readonly port: number
}

/** As people write it: an IPv6 address stands in brackets. */
export function hostAndPort({ host, port }: MemcacheAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

export interface MemcacheCredentials {
  readonly username?: string | undefined
  readonly password?: string | undefined
}

interface RequestBody {
  readonly extras?: Buffer
  readonly value?: Buffer
  readonly cas?: Buffer
}

/** A memjs server with one connection for small requests, which reports at once when it closes. */
export class MemcacheConnection extends memjs.Server {
  declare _socket?: Socket
  readonly #onClosed: (error: Error) => void
  #sequence = 0

  constructor(
    { host, port }: MemcacheAddress,
    { username, password }: MemcacheCredentials,
    onClosed: (error: Error) => void = () => {},
  ) {
    const options = { timeout: MEMJS_TIMEOUT_SECONDS, conntimeout: MEMJS_TIMEOUT_SECONDS, keepAlive: true }
    super(host, port, username, password, options)
    this.#onClosed = onClosed
  }

  /** Sends a request; connects first if necessary. Rejects as memjs does, with an error or a string. */
  ask(opcode: number, key: string, { extras, value, cas }: RequestBody = {}): Promise<Response> {
    this.#sequence = (this.#sequence + 1) % SEQUENCE_LIMIT
    const sequence = this.#sequence
    const request = memjs.Utils.makeRequestBuffer(opcode, key, extras ?? '', value ?? '', sequence)
    cas?.copy(request, CAS_OFFSET)
    return new Promise((resolve, reject) => {
      this.onResponse(sequence, resolve)
      this.onError(sequence, reject)
      this.write(request)
    })
  }

  /** Ends the connection. Requests under way reject. */
  destroy(): void {
    this.error(new CacheUnavailable('the connection was given up'))
  }

  /** Internal to memjs: connects if necessary, then calls `go`. Each new socket passes here. */
  override sock(isSasl: boolean, go: (socket: Socket) => void): void {
    const before = this._socket
    super.sock(isSasl, go)
    if (!this._socket || this._socket === before) return
    this._socket.setNoDelay(true) // a small request must not wait until the one before is acknowledged
    this._socket.once('close', () => {
      const error = new CacheUnavailable('memcache closed the connection')
      this.error(error) // memjs alone would leave the requests under way without an answer
      this.#onClosed(error)
    })
  }
}
