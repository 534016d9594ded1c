import { type RequestHandler, Router } from 'express'
import { rateLimit, type Store } from 'express-rate-limit'
import { clientAddress } from '../http/clientAddress.js'
import { tooManyRequests } from '../http/refusal.js'
import { optionalBody } from './bodies.js'

interface WriteLimit {
  /** Adds and removes that one client address may make in a minute; 0 is no limit. */
  readonly perMinute: number
  readonly counts: Store
}

const MINUTE_MS = 60_000

/**
 * Counts each write by the client's address, and refuses those over the limit. Runs before body parsing, so malformed
 * requests count too.
 */
export function limitWrites({ perMinute, counts }: WriteLimit): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next()
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    identifier: 'writes',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: clientAddress,
    store: counts,
    handler: refuse,
    validate: false, // it would write warnings about options to the console
  })
}

const readBody = Router().use(optionalBody)

/** Reads the body first, because the error page keeps what was typed. An error in the body no longer matters. */
const refuse: RequestHandler = (request, response, next) => {
  // The middleware has just said in `Retry-After` when the window ends.
  const waitSeconds = Math.max(1, Number(response.get('Retry-After')))
  const error = tooManyRequests('You have changed the queue very often within a minute.', waitSeconds)
  readBody(request, response, () => next(error))
}
