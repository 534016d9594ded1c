import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Turns } from './routes/turns.js'

type Handler = (request: IncomingMessage, response: ServerResponse) => void
type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

interface PipelineLimits {
  /** Requests of all connections together that may wait for an earlier answer of their connection. */
  readonly maxWaiting: number
}

/**
 * Handles the requests of each connection one after the other. HTTP lets a client send many before it has read an
 * answer; Node would start all of them at once. While some wait, no more is read from their connection, so what one
 * client can have us remember is what Node parses in one go (64 KiB). If that is too much of too many connections,
 * those that bring still more are cut off.
 */
export function oneAfterTheOther(handle: Handler, { maxWaiting }: PipelineLimits): Handler {
  const turns = new Turns()
  const pipelines = new WeakMap<Socket, Pipeline>()
  const isTooMuch = (pipeline: Pipeline) => waiting > maxWaiting && pipeline.waiting > 1
  let waiting = 0

  class Pipeline {
    readonly #socket: Socket
    readonly #exchanges: Exchange[] = []
    #isBusy = false

    constructor(socket: Socket) {
      this.#socket = socket
      // Whatever else resumes it, such as a handler that reads its request's body.
      socket.on('resume', () => {
        if (this.waiting > 0) socket.pause()
      })
      socket.once('close', () => {
        waiting -= this.waiting
        this.#exchanges.length = 0
      })
    }

    get waiting(): number {
      return this.#exchanges.length
    }

    take(exchange: Exchange): void {
      if (this.#isBusy) this.#keep(exchange)
      else this.#handle(exchange)
    }

    #keep(exchange: Exchange): void {
      this.#exchanges.push(exchange)
      waiting++
      this.#socket.pause()
      if (isTooMuch(this)) this.#socket.destroy()
    }

    #handle([request, response]: Exchange): void {
      this.#isBusy = true
      response.once('close', () => void this.#handleNext())
      handle(request, response)
    }

    async #handleNext(): Promise<void> {
      // One of all that wait in each turn of the event loop: those who wait for their answers before they ask go first.
      if (this.waiting > 0) await turns.next()
      this.#isBusy = false
      const next = this.#exchanges.shift()
      if (!next) return
      waiting--
      this.#handle(next)
      if (this.waiting === 0) this.#socket.resume()
    }
  }

  return (request, response) => {
    let pipeline = pipelines.get(request.socket)
    if (!pipeline) {
      pipeline = new Pipeline(request.socket)
      pipelines.set(request.socket, pipeline)
    }
    pipeline.take([request, response])
  }
}
