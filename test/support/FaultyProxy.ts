import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type Fault, FaultyConnection } from './FaultyConnection.js'
import { freePort } from './freePort.js'

export type { Fault }

const HOST = '127.0.0.1'

/**
 * A TCP proxy in front of a server of this machine, with faults that can be switched while it runs and that
 * apply to existing connections too. A connection that lost bytes stays silent even when all is healthy again,
 * as no TCP connection goes on behind a gap. It buffers without limit: it is made for small loads.
 */
export class FaultyProxy {
  /** Where the proxy listens, on 127.0.0.1. */
  readonly port: number
  readonly #targetPort: number
  readonly #connections = new Set<FaultyConnection>()
  #listener: Server | undefined
  #fault: Fault = { kind: 'healthy' }
  #connectionsMade = 0

  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(await freePort(), targetPort)
    await proxy.heal()
    return proxy
  }

  /** @returns a proxy in front of the server at this address, and the address that leads through it */
  static async inFrontOf(url: string): Promise<{ proxy: FaultyProxy; url: string }> {
    const address = new URL(url)
    const proxy = await FaultyProxy.start(Number(address.port))
    address.port = String(proxy.port)
    return { proxy, url: address.href }
  }

  private constructor(port: number, targetPort: number) {
    this.port = port
    this.#targetPort = targetPort
  }

  /** As `MEMCACHIER_SERVERS` wants it. */
  get address(): string {
    return `${HOST}:${this.port}`
  }

  /** How many clients are connected. */
  get connections(): number {
    return [...this.#connections].filter((connection) => connection.hasClient).length
  }

  /** How many connections clients have made so far. */
  get connectionsMade(): number {
    return this.#connectionsMade
  }

  /** Switches to a fault. It is in force when this has returned. */
  async setFault(fault: Fault): Promise<void> {
    this.#fault = fault
    for (const connection of this.#connections) connection.obey(fault)
    if (fault.kind === 'refuse') this.#stopListening()
    else if (!this.#listener) await this.#listen()
  }

  heal(): Promise<void> {
    return this.setFault({ kind: 'healthy' })
  }

  /** Delivers the bytes that were held so far. Later bytes are held again. */
  release(): void {
    for (const connection of this.#connections) connection.release()
  }

  close(): Promise<void> {
    return this.setFault({ kind: 'refuse' })
  }

  async #listen(): Promise<void> {
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
    await once(this.#listener.listen(this.port, HOST), 'listening')
  }

  #stopListening(): void {
    this.#listener?.close()
    this.#listener = undefined
  }

  #accept(client: Socket): void {
    this.#connectionsMade++
    const connection = new FaultyConnection(client, { port: this.#targetPort, host: HOST })
    this.#connections.add(connection)
    connection.onceGone(() => this.#connections.delete(connection))
    connection.obey(this.#fault)
  }
}
