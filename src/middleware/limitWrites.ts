import { type RequestHandler, Router } from 'express'
import { rateLimit, type Store } from 'express-rate-limit'
import type { Config } from '../config.js'
import { clientAddress } from '../http/clientAddress.js'
import { tooManyRequests } from '../http/refusal.js'
import { optionalBody } from './bodies.js'

const MINUTE_MS = 60_000

/**
 * Counts each write by the client's address, and refuses those over the limit. Runs before body parsing, so malformed
 * requests count too.
 */
export function limitWrites(config: Pick<Config, 'writeLimitPerMinute'>, store: Store): RequestHandler {
  const { writeLimitPerMinute: limit } = config
  if (limit === 0) return (_request, _response, next) => next()
  return rateLimit({
    windowMs: MINUTE_MS,
    limit,
    identifier: 'writes',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: clientAddress,
    store,
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
