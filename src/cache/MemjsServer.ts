import type { Socket } from 'node:net'
import memjs from 'memjs'

/** A memjs server whose connection is set up for small requests and whose end is heard of at once. */
export class MemjsServer extends memjs.Server {
  declare _socket?: Socket
  declare responseBuffer: Buffer
  readonly #onClosed: () => void

  constructor(
    host: string,
    port: number,
    username: string,
    password: string,
    options: object,
    onClosed: () => void,
  ) {
    super(host, port, username, password, options)
    this.#onClosed = onClosed
  }

  /** memjs's internal "connect if need be, then go": every socket it makes passes here. */
  override sock(isSasl: boolean, go: (socket: Socket) => void): void {
    const before = this._socket
    super.sock(isSasl, go)
    if (!this._socket || this._socket === before) return
    this._socket.setNoDelay(true) // a request is small and must not wait for the last one's acknowledgement
    this._socket.once('close', this.#onClosed)
  }

  /** memjs's internal way to wait for the rest of a response. It copies always; mostly nothing is there to be added to. */
  override appendToBuffer(received: Buffer): Buffer {
    const { responseBuffer: begun } = this
    this.responseBuffer = begun.length > 0 ? Buffer.concat([begun, received]) : received
    return this.responseBuffer
  }

  destroy(reason: Error): void {
    this.error(reason)
  }
}
