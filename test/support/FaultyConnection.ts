import { connect, type Socket } from 'node:net'
import { Flow, type FlowRule } from './Flow.js'

/** What is wrong with the network between a client and a server. */
export type Fault =
  | { readonly kind: 'healthy' }
  /** Everything arrives later by this time. */
  | { readonly kind: 'delay'; readonly requestMs?: number; readonly responseMs?: number }
  /** Nobody listens, and existing connections are closed. */
  | { readonly kind: 'refuse' }
  /** Connections are reset (RST), existing ones and each new one. */
  | { readonly kind: 'reset' }
  /** Connections are accepted, requests vanish, nothing is ever answered. */
  | { readonly kind: 'swallow' }
  /** Each connection is closed after this many bytes of responses, counted from now. */
  | { readonly kind: 'cutAfter'; readonly responseBytes: number }
  /** Each connection goes silent after this many bytes of responses. Requests still arrive at the server. */
  | { readonly kind: 'stallAfter'; readonly responseBytes: number }
  /** Everything is held, both ways, until `release` or the next fault, even if the client has gone. */
  | { readonly kind: 'hold' }

/** A client's connection to the proxy, together with the proxy's own connection to the server. */
export class FaultyConnection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #requests: Flow
  readonly #responses: Flow

  constructor(client: Socket, serverAddress: { port: number; host: string }) {
    this.#client = client
    this.#server = connect({ ...serverAddress, allowHalfOpen: true, noDelay: true })
    this.#requests = new Flow(client, this.#server, () => this.#close())
    this.#responses = new Flow(this.#server, client, () => this.#close())
    for (const socket of [this.#client, this.#server]) {
      socket.on('error', () => {}) // 'close' follows every error, and the flows act on that
    }
    client.once('end', () => this.#closeIfPointless())
    client.once('close', () => this.#closeIfPointless())
    this.#server.once('close', () => this.#closeIfPointless())
  }

  /** False once the client has hung up, which the server may not know yet. */
  get hasClient(): boolean {
    return !this.#client.readableEnded && !this.#client.destroyed
  }

  /** Calls back once both sides are closed. */
  onceGone(callback: () => void): void {
    this.#client.once('close', () => this.#server.closed && callback())
    this.#server.once('close', () => this.#client.closed && callback())
  }

  obey(fault: Fault): void {
    if (fault.kind === 'refuse') this.#close()
    else if (fault.kind === 'reset') this.#reset()
    else {
      this.#requests.rule = requestRule(fault)
      this.#responses.rule = responseRule(fault)
      this.#closeIfPointless()
    }
  }

  /** Delivers the bytes that were held so far. */
  release(): void {
    this.#requests.release()
    this.#responses.release()
  }

  /** A silent direction passes no ending on either. */
  #closeIfPointless(): void {
    const nothingLeftToSay = this.#requests.isSilent || (this.#responses.isSilent && this.#server.destroyed)
    if (!this.hasClient && nothingLeftToSay) this.#close()
  }

  #close(): void {
    this.#client.destroySoon() // what has passed already still arrives
    this.#server.destroy()
  }

  #reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }
}

function requestRule(fault: Fault): FlowRule {
  if (fault.kind === 'delay') return { delayMs: fault.requestMs ?? 0 }
  if (fault.kind === 'hold') return { isHeld: true }
  if (fault.kind === 'swallow') return { passBytes: 0, afterwards: 'silence' }
  return {}
}

function responseRule(fault: Fault): FlowRule {
  if (fault.kind === 'delay') return { delayMs: fault.responseMs ?? 0 }
  if (fault.kind === 'hold') return { isHeld: true }
  if (fault.kind === 'swallow') return { passBytes: 0, afterwards: 'silence' }
  if (fault.kind === 'stallAfter') return { passBytes: fault.responseBytes, afterwards: 'silence' }
  if (fault.kind === 'cutAfter') return { passBytes: fault.responseBytes, afterwards: 'cut' }
  return {}
}
