import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy in front of a server on this machine that counts bytes. */
export class CountingProxy {
  readonly #server: Server
  /** Both ways, so far. */
  bytes = 0

  static async start(targetPort: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(targetPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(targetPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
      this.#pass(client, target)
      this.#pass(target, client)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  stop(): void {
    this.#server.close()
  }

  #pass(from: Socket, to: Socket): void {
    from.on('data', (data) => {
      this.bytes += data.length
    })
    from.on('error', () => {}) // one side has ended; `close` ends the other
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}
