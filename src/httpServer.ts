import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Express } from 'express'
import { messagesOf } from './expressMessages.js'

/** The request line counts too: a longer address, or more of headers, is a 431. */
const MOST_HEADER_BYTES = 16 * 1024
/** A client that drips its request holds a connection no longer than this, and gets a 408. */
const HEADERS_DEADLINE_MS = 10_000
const REQUEST_DEADLINE_MS = 20_000
/** How often those two are looked after. */
const DEADLINES_SWEEP_MS = 1_000
/** A client that takes its answer drop by drop. Longer than the slowest page (SLOW_QUERY_MS). */
const ANSWER_DEADLINE_MS = 90_000
/** A client that takes nothing at all, event streams too: those are never silent that long by themselves. */
const SILENCE_DEADLINE_MS = 90_000
/** Heroku's router reuses an idle connection for 95 s; one that we closed first would be a request lost. */
const KEEP_ALIVE_MS = 100_000
/** Far from what the memory of the smallest machine takes: an idle one needs some 10 kB. */
const MOST_CONNECTIONS = 5_000

/** The server, with a limit to everything that a client can send, and to how long it may take. */
export function createHttpServer(app: Express): Server {
  const server = createServer(
    {
      ...messagesOf(app),
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: HEADERS_DEADLINE_MS,
      requestTimeout: REQUEST_DEADLINE_MS,
      connectionsCheckingInterval: DEADLINES_SWEEP_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    app,
  )
  // Node would drop those past 2000 without a word, a proxy's at the end among them; their size limits them already.
  server.maxHeadersCount = 0
  server.on('request', (_request, response) => endSlowAnswer(response))
  server.timeout = SILENCE_DEADLINE_MS
  server.maxConnections = MOST_CONNECTIONS
  return server
}

function endSlowAnswer(response: ServerResponse): void {
  const deadline = setTimeout(() => {
    if (!isEventStream(response)) response.destroy()
  }, ANSWER_DEADLINE_MS)
  response.once('close', () => clearTimeout(deadline))
}

/** The one kind of answer that has no end. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream')
}
