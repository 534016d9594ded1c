import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { Metrics } from '../metrics/Metrics.js'
import { ANY_RELEASE } from '../pages/assets.js'
import type { Logger } from '../process/log.js'

const ID_HEADER = 'x-request-id'
/** The ids that Heroku's router accepts. They can't break a line of the log, and are short. */
const SANE_ID = /^[\w+=/.-]{8,200}$/
const MAX_PATH_LENGTH = 500
/** As in nginx: the client closed the connection before there was an answer. */
const GONE_STATUS = 499
/** Machines request these every few seconds. They are logged only if something is wrong. */
const ROUTINE = new Set(['/healthz', '/readyz', '/status', '/metrics', '/assets'])

/**
 * Gives each request an id (the proxy's if there is one). When it is answered, logs one line and counts it. Nothing of
 * its headers, query or body is logged.
 */
export function observeRequests(log: Logger, metrics: Pick<Metrics, 'onRequest'>): RequestHandler {
  return (request, response, next) => {
    const beganAtMs = performance.now()
    const given = request.headers[ID_HEADER]
    const id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID()
    response.locals.requestId = id
    response.headerList.push(ID_HEADER, id)
    response.on('close', () => {
      const durationMs = answeredAtMs(response) - beganAtMs
      const route = routeOf(request)
      const status = response.headersSent ? response.statusCode : GONE_STATUS
      metrics.onRequest(route, status, durationMs)
      const failure: unknown = response.locals.failure
      const level = levelOf(route, status, failure)
      if (!log.isLevelEnabled(level)) return
      // One literal, with a field for each: an object that is spread into another makes the line dearer.
      const line = {
        id,
        method: request.method,
        path: pathOf(request),
        status,
        ms: Math.round(durationMs * 100) / 100,
        cache: response.locals.cacheStatus,
        err: level === 'error' ? failure : undefined,
        reason: level === 'warn' && failure instanceof Error ? failure.message : undefined,
      }
      log[level](line, 'request')
    })
    next()
  }
}

/** A stream counts as answered when it opens. It may stay open for hours, and is not a slow page. */
function answeredAtMs({ locals }: Response): number {
  const openedAtMs: unknown = locals.streamOpenedAtMs
  return typeof openedAtMs === 'number' ? openedAtMs : performance.now()
}

/** The id under which the request is in the log. */
export function requestId({ locals }: Response): string {
  return locals.requestId
}

/** Reports to the client and the log what the cache did for the request. https://www.rfc-editor.org/rfc/rfc9211 */
export function reportCacheUse(response: Response, cacheStatus: string): void {
  response.headerList.push('Cache-Status', cacheStatus)
  response.locals.cacheStatus = cacheStatus
}

/** Makes the request's log line contain the error. */
export function noteFailure(response: Response, error: unknown): void {
  response.locals.failure = error
}

/** `error`: our fault. `warn`: Postgres was down. `info`: what visitors do. `debug`: what machines do all the time. */
function levelOf(route: string, status: number, failure: unknown): 'error' | 'warn' | 'info' | 'debug' {
  if (status > 500) return 'warn'
  // If an answer fails after it has begun, its status is already sent.
  if (status === 500 || failure !== undefined) return 'error'
  return ROUTINE.has(route) && status < 400 ? 'debug' : 'info'
}

/** A pattern and not the address, so that the number of routes is bounded. */
function routeOf(request: Request): string {
  const pattern: unknown = request.route?.path
  if (typeof pattern === 'string') return pattern
  return ANY_RELEASE.test(request.originalUrl) ? '/assets' : 'other'
}

/**
 * The path as it was sent. Node accepts only printable ASCII. The path is not parsed, because that could throw. An
 * absolute address, or none, is logged as `*`.
 */
function pathOf({ originalUrl }: Request): string {
  const [path = ''] = originalUrl.slice(0, MAX_PATH_LENGTH).split('?', 1)
  return path.startsWith('/') ? path : '*'
}
