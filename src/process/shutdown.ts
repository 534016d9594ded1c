import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './log.js'

interface Running {
  readonly server: Server
  readonly services: { readonly watcher: { close(): void }; close(): Promise<void> }
  /** Called at the first signal. Makes `readyz` answer 503, so that the router stops sending requests here. */
  readonly onBegin: () => void
  readonly log: Logger
}

/** How long we still accept requests, because the router needs time to notice that `readyz` answers 503. */
const DRAIN_MS = 1_000
/** The program promises to end within 10 s (Heroku kills after 30). Requests in flight get most of that. */
const FINISH_DEADLINE_MS = 7_000
/** A database that hangs must not hold up the end. */
const CLOSE_DEADLINE_MS = 1_000
const SWEEP_MS = 50
/** Heroku signals each process of a dyno, and npm or the cluster's primary passes it on: one stop, two signals. */
const ECHO_MS = 500

/**
 * At the first of these signals: answer 503 to `readyz`, stop accepting, finish the requests in flight, close
 * everything, exit 0. A second signal after 500 ms exits with 1 at once.
 */
export function shutDownOn(signals: readonly NodeJS.Signals[], running: Running): void {
  const traffic = new Traffic(running.server)
  let begunAtMs: number | undefined
  const begin = (signal: NodeJS.Signals) => {
    if (begunAtMs !== undefined) {
      if (performance.now() - begunAtMs > ECHO_MS) process.exit(1)
      return
    }
    begunAtMs = performance.now()
    running.log.info(`${signal}: shutting down`)
    // SIGINT is Ctrl-C on a terminal: no router has to notice.
    shutDown(running, traffic, signal === 'SIGINT' ? 0 : DRAIN_MS).then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.error({ err: error }, 'shutdown failed')
        process.exit(1)
      },
    )
  }
  for (const signal of signals) process.on(signal, begin)
}

async function shutDown(
  { server, services, onBegin }: Running,
  traffic: Traffic,
  drainMs: number,
): Promise<void> {
  onBegin()
  traffic.endConnections()
  await delay(drainMs)
  services.watcher.close() // event streams never end by themselves
  await closeServer(server, traffic)
  await Promise.race([services.close(), delay(CLOSE_DEADLINE_MS)])
}

async function closeServer(server: Server, traffic: Traffic): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // Node keeps a busy connection alive after its answer, and does not count one that never sent a request as idle. So
  // close all of them as soon as nothing is in flight.
  const sweep = setInterval(() => {
    if (traffic.isInFlight) server.closeIdleConnections()
    else server.closeAllConnections()
  }, SWEEP_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), FINISH_DEADLINE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}

/** The latest answer of each connection, to know what is in flight and to tell clients that their connection ends. */
class Traffic {
  // Not a set of unanswered requests. A set that changes with each request outgrows its table again and again, and each
  // old table points to the next. Once one of them reaches V8's old generation, all later ones stay until the next full
  // collection, with all answers that they held: 5 kB a request.
  readonly #latest = new Map<Socket, ServerResponse>()
  #isEnding = false

  constructor(server: Server) {
    // Prepended, because the app may answer at once.
    server.prependListener('request', ({ socket }, response) => {
      if (!this.#latest.has(socket)) socket.once('close', () => this.#latest.delete(socket))
      this.#latest.set(socket, response)
      if (this.#isEnding) askToClose(response)
    })
  }

  get isInFlight(): boolean {
    return [...this.#latest.values()].some((response) => !response.writableFinished)
  }

  /** From now on each answer has `Connection: close`, so that no client sends a request just as we close. */
  endConnections(): void {
    this.#isEnding = true
    for (const response of this.#latest.values()) askToClose(response)
  }
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}
