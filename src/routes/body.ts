import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type RequestHandler } from 'express'

/** A body of a type that we don't take. */
export class UnsupportedBody extends Error {
  override readonly name = 'UnsupportedBody'
}

/** A body that is not what it says it is. */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody'
}

const LIMIT_BYTES = 16 * 1024
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

const form = express.text({ type: FORM, limit: LIMIT_BYTES, verify: refuseBadEscapes })
/** Any JSON value is taken, so that one which is no object is told what is missing rather than "malformed". */
const json = express.json({ type: JSON_TYPE, limit: LIMIT_BYTES, strict: false, verify: refuseBadUtf8 })
/** What needs no body reads and drops one without a type; its size counts all the same. */
const untyped = express.raw({ type: (request) => !request.headers['content-type'], limit: LIMIT_BYTES })

/** Reads a form or JSON into `request.body`; another type is refused. */
export const requiredBody: RequestHandler[] = [refuseOtherTypes, form, json]

/** The same for what needs no body: none, and one without a type, will do. */
export const optionalBody: RequestHandler[] = [
  (request, response, next) => {
    if (request.headers['content-type'] === undefined) next()
    else refuseOtherTypes(request, response, next)
  },
  form,
  json,
  untyped,
]

/**
 * The field `text` of a body as it was sent, whatever that is: `text[]` is another field, one given twice is a
 * list, and nothing is inherited.
 */
export function textField(body: unknown): unknown {
  if (typeof body === 'string') {
    const texts = new URLSearchParams(body).getAll('text')
    return texts.length > 1 ? texts : texts[0]
  }
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'text')
    ? Reflect.get(body, 'text')
    : undefined
}

function refuseOtherTypes(...[request, _response, next]: Parameters<RequestHandler>): void {
  // Read from the header itself: the parsers look at the type only where there is a body.
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  next(type === FORM || type === JSON_TYPE ? undefined : new UnsupportedBody(`Send ${FORM} or ${JSON_TYPE}.`))
}

function refuseBadUtf8(
  _request: IncomingMessage,
  _response: ServerResponse,
  body: Buffer,
  charset: string,
): void {
  if (charset === 'utf-8' && !isUtf8(body)) throw new MalformedBody('The body is not UTF-8.')
}

/** A lenient decoder would let bad escapes stand, and so add another text than was meant. */
function refuseBadEscapes(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  try {
    decodeURIComponent(body.toString('latin1'))
  } catch (error) {
    throw new MalformedBody('The form is not percent-encoded UTF-8.', { cause: error })
  }
  if (!isUtf8(body)) throw new MalformedBody('The form is not UTF-8.')
}
