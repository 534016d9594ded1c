import type { Server } from 'node:http'
import type { Logger } from './log.js'

interface Running {
  readonly server: Server
  readonly services: { close(): Promise<void> }
  readonly log: Logger
}

/** Heroku kills after 30 s; the contract promises 10. What is in flight gets most of that. */
const FINISH_DEADLINE_MS = 8_000
const SWEEP_MS = 50

/** At the first of these signals: stop accepting, finish what is in flight, close everything, exit 0. */
export function shutDownOn(signals: readonly NodeJS.Signals[], running: Running): void {
  const inFlight = countInFlight(running.server)
  let begun = false
  const begin = (signal: NodeJS.Signals) => {
    if (begun) return
    begun = true
    running.log.info(`${signal}: shutting down`)
    shutDown(running, inFlight).then(
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
async function shutDown({ server, services }: Running, inFlight: () => number): Promise<void> {
  await closeServer(server, inFlight)
  await services.close()
}

async function closeServer(server: Server, inFlight: () => number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // A connection that was busy is kept alive after its answer, and one that never sent a request does not count as
  // idle to Node; so close what is left as soon as nothing is in flight.
  const sweep = setInterval(() => {
    if (inFlight() === 0) server.closeAllConnections()
    else server.closeIdleConnections()
  }, SWEEP_MS)
  const deadline = setTimeout(() => server.closeAllConnections(), FINISH_DEADLINE_MS)
  await closed
  clearInterval(sweep)
  clearTimeout(deadline)
}

/** How many requests have not been answered yet. */
function countInFlight(server: Server): () => number {
  let count = 0
  server.on('request', (_request, response) => {
    count++
    response.once('close', () => {
      count--
    })
  })
  return () => count
}
