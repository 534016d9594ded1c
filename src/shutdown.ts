import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './log.js'

interface Running {
  readonly server: Server
  readonly services: { readonly watcher: { close(): void }; close(): Promise<void> }
  /** Called at once: from here on `readyz` answers 503, so that nobody is sent here any more. */
  readonly onBegin: () => void
  readonly log: Logger
}

/** How long a router that asks `readyz`, or has just been told, may go on sending requests here. */
const LEAVE_MS = 1_000
/** The contract promises 10 s in all (Heroku kills after 30). What is in flight gets most of that. */
const FINISH_DEADLINE_MS = 7_000
/** A database that hangs must not keep us. */
const CLOSE_DEADLINE_MS = 1_000
const SWEEP_MS = 50
/** Heroku signals every process of a dyno, and npm or the one that started us passes it on: the same once more. */
const ECHO_MS = 500

/**
 * At the first of these signals: take leave, stop accepting, finish what is in flight, close everything, exit 0.
 * Who says it again, and not as an echo, doesn't want to wait: exit 1 at once.
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
    // Ctrl-C is a person's, and nobody else sends requests then.
    shutDown(running, traffic, signal === 'SIGINT' ? 0 : LEAVE_MS).then(
      () => process.exit(0),
      (error: unknown) => {
        running.log.error({ err: error }, 'shutdown failed')
        process.exit(1)
      },
    )
  }
  for (const signal of signals) process.on(signal, begin)
}

/** In the reverse order of the start: requests first, then what they need. */
async function shutDown(
  { server, services, onBegin }: Running,
  traffic: Traffic,
  leaveMs: number,
): Promise<void> {
  onBegin()
  traffic.endConnections()
  await delay(leaveMs)
  services.watcher.close() // ends the event streams, which would never end by themselves
  await closeServer(server, traffic)
  await Promise.race([services.close(), delay(CLOSE_DEADLINE_MS)])
}

async function closeServer(server: Server, traffic: Traffic): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // A connection that was busy is kept alive after its answer, and one that never sent a request does not count as
  // idle to Node; so close what is left as soon as nothing is in flight.
  const sweep = setInterval(() => {
    if (traffic.isInFlight) server.closeIdleConnections()
    else server.closeAllConnections()
  }, SWEEP_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), FINISH_DEADLINE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}

/** The latest request of each connection. */
class Traffic {
  // Not a set of what is unanswered: a set that changes with every request leaves a trail of outgrown tables, each of
  // which points to the next. Once V8 takes one of them for old, all after it stay until its next full collection, with
  // every answer that they ever held: 5 kB a request.
  readonly #latest = new Map<Socket, ServerResponse>()
  #isEnding = false

  constructor(server: Server) {
    // Before the app sees the request: some answers are sent at once.
    server.prependListener('request', ({ socket }, response) => {
      if (!this.#latest.has(socket)) socket.once('close', () => this.#latest.delete(socket))
      this.#latest.set(socket, response)
      if (this.#isEnding) askToClose(response)
    })
  }

  get isInFlight(): boolean {
    return [...this.#latest.values()].some((response) => !response.writableFinished)
  }

  /** From here on every answer says that it is its connection's last, so that no client sends another request into its end. */
  endConnections(): void {
    this.#isEnding = true
    for (const response of this.#latest.values()) askToClose(response)
  }
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}
