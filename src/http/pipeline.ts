import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PieceReader } from './PieceReader.js'
import { Turns } from './Turns.js'

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

interface Handlers {
  /** Answers a request. */
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Called when the answer is complete or its connection is closed, before the connection's next request. */
  onClosed(request: IncomingMessage): void
}

// Requests that were sent before an earlier one was answered. Each takes some 10 kB. One read brings up to 2,600.
/** If so many requests of all connections wait, Node parses all connections in small pieces from then on. */
const MANY_WAITING = 2_000
/** If more requests wait, a connection that sends still more is closed. */
const MAX_WAITING = 5_000

/**
 * Handles the requests of each connection one after the other. HTTP lets a client send many before it has read an
 * answer (pipelining). Node alone would start all of them at once. Here they wait for the earlier answer of their
 * connection, and nothing more is read from a connection while some of its requests wait.
 */
export function handleInOrder(server: Server, handlers: Handlers): void {
  const turns = new Turns()
  const pipelines = new Map<Socket, Pipeline>()
  let waiting = 0

  class Pipeline {
    readonly #socket: Socket
    readonly #reader: PieceReader
    readonly #exchanges: Exchange[] = []
    #isBusy = false

    constructor(socket: Socket) {
      this.#socket = socket
      this.#reader = new PieceReader(socket)
      // Something else may resume it, such as a handler that reads its request's body.
      socket.on('resume', () => {
        if (this.#exchanges.length > 0) socket.pause()
      })
      socket.once('close', () => {
        pipelines.delete(socket)
        waiting -= this.#exchanges.length
        this.#exchanges.length = 0
      })
    }

    take(exchange: Exchange): void {
      if (this.#isBusy) this.#keep(exchange)
      else this.#handle(exchange)
    }

    readInPieces(): void {
      this.#reader.start()
    }

    #keep(exchange: Exchange): void {
      if (this.#socket.destroyed) return // Node still parses what it has read before
      this.#exchanges.push(exchange)
      waiting++
      this.#socket.pause()
      if (waiting === MANY_WAITING) for (const pipeline of pipelines.values()) pipeline.readInPieces()
      if (waiting > MAX_WAITING && this.#exchanges.length > 1) this.#socket.destroy()
    }

    #handle([request, response]: Exchange): void {
      this.#isBusy = true
      response.on('close', () => {
        handlers.onClosed(request)
        void this.#handleNext()
      })
      handlers.handle(request, response)
    }

    async #handleNext(): Promise<void> {
      // One pipelined request of all connections in each turn of the event loop, so that other clients don't wait.
      if (this.#exchanges.length > 0) await turns.next()
      this.#isBusy = false
      const next = this.#exchanges.shift()
      if (!next) return
      waiting--
      this.#handle(next)
      if (this.#exchanges.length > 0) return
      this.readInPieces()
      this.#socket.resume()
    }
  }

  server.on('connection', (socket) => {
    const pipeline = new Pipeline(socket)
    pipelines.set(socket, pipeline)
    if (waiting >= MANY_WAITING) pipeline.readInPieces()
  })
  server.on('request', (request, response) => pipelines.get(request.socket)?.take([request, response]))
}
