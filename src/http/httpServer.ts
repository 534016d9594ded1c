import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Express } from 'express'
import { Connections } from './Connections.js'
import { messagesOf } from './expressMessages.js'
import { maxOpenFiles } from './openFiles.js'
import { handleInOrder } from './pipeline.js'

/** Request line and headers together. More is answered with 431. */
const MAX_HEADER_BYTES = 16 * 1024
/** A client that sends its request too slowly gets a 408. */
const HEADERS_DEADLINE_MS = 10_000
const REQUEST_DEADLINE_MS = 20_000
/** How often those two are checked. */
const DEADLINES_SWEEP_MS = 1_000
/**
 * For an idle connection, and for a client that reads nothing at all. Event streams are never silent that long. Heroku's
 * router reuses an idle connection for 95 s. If we closed it first, a request would be lost.
 */
const SILENCE_DEADLINE_MS = 100_000
/** Far below what the smallest machine's memory allows: an idle connection needs some 10 kB. */
const MAX_CONNECTIONS = 5_000
/** The other files are for Postgres, memcache and what is read from the disk. Without any left, nobody new is accepted. */
const SHARE_OF_OPEN_FILES = 0.5
/** Of one address: a large office may share one. */
const SHARE_OF_ONE_ADDRESS = 0.25

/**
 * The server, with limits on everything that a client can send, and on the time it may take.
 * @param trustProxyHops how many proxies stand in front; behind a proxy all connections come from its address
 */
export function createHttpServer(app: Express, { trustProxyHops = 0 } = {}): Server {
  const server = createServer({
    ...messagesOf(app),
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_DEADLINE_MS,
    requestTimeout: REQUEST_DEADLINE_MS,
    connectionsCheckingInterval: DEADLINES_SWEEP_MS,
    keepAliveTimeout: 0, // `timeout` holds for idle connections too; a second one would cost two timers for each request
    noDelay: true,
  })
  // Node would silently drop headers past 2000, among them a proxy's at the end. Their size is limited already.
  server.maxHeadersCount = 0
  server.timeout = SILENCE_DEADLINE_MS
  server.maxConnections = Math.min(MAX_CONNECTIONS, Math.floor(maxOpenFiles() * SHARE_OF_OPEN_FILES))
  const connections = new Connections(server, trustProxyHops > 0 ? 1 : SHARE_OF_ONE_ADDRESS)
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    connections.setAnswer(request.socket, response)
    app(request, response)
  }
  const onClosed = ({ socket }: IncomingMessage) => connections.setAnswer(socket, undefined)
  handleInOrder(server, { handle, onClosed })
  return server
}
