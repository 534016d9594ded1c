import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Express } from 'express'
import { Connections } from './Connections.js'
import { messagesOf } from './expressMessages.js'
import { handleInOrder } from './pipeline.js'

/** The request line counts too: a longer address, or more of headers, is a 431. */
const MAX_HEADER_BYTES = 16 * 1024
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
/** A client that takes nothing more of an answer which is complete on our side. */
const UNREAD_DEADLINE_MS = 20_000
/** Far from what the memory of the smallest machine takes: an idle one needs some 10 kB. */
const MAX_CONNECTIONS = 5_000
/** Of one address; a large office may stand behind one. */
const SHARE_OF_ONE_ADDRESS = 0.25
const MAX_UNSENT_BYTES = 64 * 1024 * 1024
/** Requests sent before an earlier one was answered; each takes some 10 kB. One read of a connection brings up to 2,600. */
const PIPELINED = { manyWaiting: 2_000, maxWaiting: 5_000 }

/**
 * The server, with a limit to everything that a client can send, and to how long it may take.
 * @param trustProxyHops how many proxies stand in front: with one, all connections come from its address
 */
export function createHttpServer(app: Express, { trustProxyHops = 0 } = {}): Server {
  const server = createServer({
    ...messagesOf(app),
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_DEADLINE_MS,
    requestTimeout: REQUEST_DEADLINE_MS,
    connectionsCheckingInterval: DEADLINES_SWEEP_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  })
  // Node would drop those past 2000 without a word, a proxy's at the end among them; their size limits them already.
  server.maxHeadersCount = 0
  server.timeout = SILENCE_DEADLINE_MS
  server.maxConnections = MAX_CONNECTIONS
  const connections = new Connections(server, {
    shareOfOneAddress: trustProxyHops > 0 ? 1 : SHARE_OF_ONE_ADDRESS,
    maxUnsentBytes: MAX_UNSENT_BYTES,
    answerDeadlineMs: ANSWER_DEADLINE_MS,
    unreadDeadlineMs: UNREAD_DEADLINE_MS,
  })
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    connections.setAnswer(request.socket, response)
    app(request, response)
  }
  const onClosed = ({ socket }: IncomingMessage) => connections.setAnswer(socket, undefined)
  handleInOrder(server, { handle, onClosed }, PIPELINED)
  return server
}
