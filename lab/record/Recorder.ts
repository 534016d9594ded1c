import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { WayEvent } from './events.js'

/** A stale page is explained within seconds, so older events are not needed. */
const KEPT_EVENTS = 5_000

/** Receives the events of one way's processes and keeps the latest, with times on this process's clock. */
export class Recorder {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #events: WayEvent[] = []

  static async start(): Promise<Recorder> {
    const recorder = new Recorder()
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve))
    return recorder
  }

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      const lines = createInterface({ input: socket })
      lines.on('error', () => {}) // of the socket, when a process was killed: 'close' follows
      lines.on('line', (line) => this.#note(line))
    })
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The recorder does not listen')
    return address.port
  }

  /** The events that ended between two moments of `performance.now()`, in the order of their ends. */
  between(fromMs: number, toMs: number): WayEvent[] {
    return this.#events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).sort((a, b) => a.atMs - b.atMs)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #note(line: string): void {
    const { sentAtMs, atMs, ...event } = JSON.parse(line) as WayEvent
    const { timeOrigin } = performance
    this.#events.push({ ...event, sentAtMs: sentAtMs - timeOrigin, atMs: atMs - timeOrigin })
    if (this.#events.length > 2 * KEPT_EVENTS) this.#events.splice(0, KEPT_EVENTS)
  }
}
