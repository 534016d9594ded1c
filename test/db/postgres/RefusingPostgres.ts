import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

/** A server that answers each attempt to connect with the same FATAL error. */
export class RefusingPostgres {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(sqlState: string): Promise<RefusingPostgres> {
    const refusing = new RefusingPostgres(sqlState)
    await once(refusing.#server.listen(0, '127.0.0.1'), 'listening')
    return refusing
  }

  private constructor(sqlState: string) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}) // the client hangs up as it likes
      socket.once('data', () => socket.end(fatalError(sqlState)))
    })
  }

  get url(): string {
    return `postgres://me@127.0.0.1:${(this.#server.address() as AddressInfo).port}/queue?sslmode=disable`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ERRORRESPONSE */
function fatalError(sqlState: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0Mnot today\0\0`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(length.length + fields.length)
  return Buffer.concat([Buffer.from('E'), length, fields])
}
