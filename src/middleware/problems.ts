import { DatabaseUnavailable, TooBusy } from '../db/errors.js'
import { isRefusal } from '../http/refusal.js'
import { InvalidItemText, MAX_TEXT_LENGTH } from '../queue/itemText.js'
import { IdempotencyKeyReused } from '../queue/Queue.js'

/** What the visitor is told. */
export type Problem = Readonly<ReturnType<typeof problem>>

const TITLE: Readonly<Record<number, string>> = {
  400: 'We don’t understand that request',
  401: 'Operator password required',
  403: 'Not allowed from there',
  404: 'No such page',
  405: 'That is not possible here',
  413: 'That is too long',
  415: 'Not that kind of content',
  422: 'That can’t be added',
  429: 'Not so fast',
  500: 'Something went wrong',
  503: 'Closed for a moment',
}

/** For errors whose own message is not meant for visitors. */
const DETAIL: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  413: `A request may have at most 16 KiB. An item may have at most ${MAX_TEXT_LENGTH} characters.`,
  415: 'This encoding is not supported.',
  500: 'It was our fault, and it has been noted.',
  503: 'The queue can’t be reached right now. Please try again in a moment.',
}

const TOO_BUSY = 'Too many requests came at once. Please try again in a moment.'
const RETRY_AFTER = { 'Retry-After': '2' }

/** The one table from the errors of the queue and the database to HTTP statuses. */
export function problemFor(error: unknown): Problem {
  if (isRefusal(error)) return problem(error.status, error.detail, error.headers)
  if (error instanceof InvalidItemText || error instanceof IdempotencyKeyReused)
    return problem(422, error.message)
  if (error instanceof TooBusy) return problem(503, TOO_BUSY, RETRY_AFTER)
  if (error instanceof DatabaseUnavailable) return problem(503, undefined, RETRY_AFTER)
  return problem(clientErrorStatus(error) ?? 500)
}

function problem(status: number, detail?: string, headers: Readonly<Record<string, string>> = {}) {
  const title = TITLE[status] ?? 'That did not work'
  return { status, title, detail: detail ?? DETAIL[status] ?? title, headers }
}

/** Express and its body parsers throw errors that have a status. */
function clientErrorStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : Number.NaN
  return status >= 400 && status < 500 ? status : undefined
}
