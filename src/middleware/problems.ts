import { DatabaseUnavailable, TooBusy } from '../db/errors.js'
import { TooManyStreams } from '../pages/EventStreams.js'
import { InvalidItemText } from '../queue/itemText.js'
import { IdempotencyKeyReused } from '../queue/Queue.js'
import { InvalidHeader } from '../requests/idempotencyKey.js'
import { InvalidQuery } from '../requests/query.js'
import { FormTooLong, MalformedBody, UnsupportedBody } from './bodies.js'
import { TooManyWrites } from './limitWrites.js'
import { UnknownHost } from './redirectToHttps.js'
import { CrossSiteRequest } from './refuseCrossSite.js'
import { ForeignHost } from './refuseForeignHosts.js'
import { TooManyGuesses } from './WrongGuesses.js'

/** What is told to whoever sent the request. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
}

/** No such page. */
export class NotFound extends Error {
  override readonly name = 'NotFound'
}

/** Somebody who did not give the operator's password, or a wrong one. */
export class NotTheOperator extends Error {
  override readonly name = 'NotTheOperator'
}

/** Not that method here. */
export class MethodNotAllowed extends Error {
  override readonly name = 'MethodNotAllowed'
  readonly allow: string

  constructor(allow: string) {
    super(`Allowed here: ${allow}.`)
    this.allow = allow
  }
}

/** The one table from error to status. Their messages are meant for whoever sent the request. */
const REFUSALS = new Map<unknown, number>([
  [InvalidQuery, 400],
  [InvalidHeader, 400],
  [MalformedBody, 400],
  [UnknownHost, 400],
  [CrossSiteRequest, 403],
  [ForeignHost, 403],
  [NotFound, 404],
  [MethodNotAllowed, 405],
  [FormTooLong, 413],
  [UnsupportedBody, 415],
  [InvalidItemText, 422],
  [IdempotencyKeyReused, 422],
])

const TITLE: Readonly<Record<number, string>> = {
  400: 'That request makes no sense',
  401: 'Operator password required',
  403: 'Not allowed from there',
  404: 'No such page',
  405: 'That is not possible here',
  413: 'That is too much',
  415: 'Not that kind of content',
  422: 'That can’t be added',
  429: 'Not so fast',
  500: 'Something went wrong',
  503: 'Closed for a moment',
}

/** What to say where an error's own message is not meant for visitors. */
const DETAIL: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  413: 'A request may have 16 KiB.',
  415: 'This encoding is not supported.',
  500: 'It was our fault, and it has been noted.',
  503: 'The queue can’t be reached right now. Please try again in a moment.',
}

const TOO_BUSY = 'Too much was asked for at once. Please try again in a moment.'
const RETRY_AFTER_SECONDS = '2'
const CHALLENGE = 'Basic realm="operator", charset="UTF-8"'

/** What to answer to an error. Whatever nobody foresaw is a 500. */
export function problemFor(error: unknown): Problem {
  if (!(error instanceof Error)) return problem(500)
  const refusal = REFUSALS.get(error.constructor)
  if (error instanceof MethodNotAllowed) return problem(405, error.message, { Allow: error.allow })
  if (error instanceof NotTheOperator) return problem(401, error.message, { 'WWW-Authenticate': CHALLENGE })
  if (error instanceof TooManyWrites || error instanceof TooManyGuesses)
    return problem(429, error.message, { 'Retry-After': String(error.retryAfterSeconds) })
  if (refusal !== undefined) return problem(refusal, error.message)
  if (error instanceof TooBusy) return problem(503, TOO_BUSY, { 'Retry-After': RETRY_AFTER_SECONDS })
  if (error instanceof DatabaseUnavailable)
    return problem(503, undefined, { 'Retry-After': RETRY_AFTER_SECONDS })
  if (error instanceof TooManyStreams)
    return problem(503, error.message, { 'Retry-After': RETRY_AFTER_SECONDS })
  return problem(clientErrorStatus(error) ?? 500)
}

function problem(status: number, detail?: string, headers: Problem['headers'] = {}): Problem {
  const title = TITLE[status] ?? 'That did not work'
  return { status, title, detail: detail ?? DETAIL[status] ?? title, headers }
}

/** Express and its body parser throw errors that bear a status (`http-errors`). */
function clientErrorStatus(error: Error): number | undefined {
  const status = 'status' in error ? Number(error.status) : Number.NaN
  return status >= 400 && status < 500 ? status : undefined
}
