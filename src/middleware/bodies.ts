import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

const MAX_BYTES = 16 * 1024
/**
 * Percent-encoding makes a form's text up to three times as long: 2,000 Chinese characters are 6 kB, and 18 kB as a
 * browser sends them. So it is the decoded form that may have 16 KiB. What is read beyond that is read to be given back.
 */
const MAX_ENCODED_FORM_BYTES = 4 * MAX_BYTES
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const CHARSET = /;\s*charset\s*=\s*["']?([^"';\s]*)/gi
/** Two names of one thing: many programs write the second. */
const UTF8_NAMES = new Set(['utf-8', 'utf8'])

const form = [
  express.text({ type: FORM, limit: MAX_ENCODED_FORM_BYTES, verify: refuseBadEscapes }),
  replaceBody(readForm),
]
const json = [
  express.text({ type: JSON_TYPE, limit: MAX_BYTES, verify: refuseBadUtf8 }),
  replaceBody(readJson),
]
/** What needs no body reads and drops one without a type; its size counts all the same. */
const untyped = express.raw({ type: (request) => !request.headers['content-type'], limit: MAX_BYTES })

/** Reads a form into `request.body` as `URLSearchParams`, JSON as its value; another type is refused. */
export const requiredBody: RequestHandler[] = [refuseOtherTypes, ...form, ...json]

/** The same for what needs no body: none, and one without a type, will do. */
export const optionalBody: RequestHandler[] = [
  (request, response, next) => {
    if (request.headers['content-type'] === undefined) next()
    else refuseOtherTypes(request, response, next)
  },
  ...form,
  ...json,
  untyped,
]

/** Puts what the text of a body means in its place. */
function replaceBody(read: (text: string) => unknown): RequestHandler {
  return (request, _response, next) => {
    const text: unknown = request.body
    if (typeof text !== 'string') return next()
    request.body = read(text)
    next(isTooLong(request.body, text) ? refusal(413, 'A request may have 16 KiB.') : undefined)
  }
}

function readForm(text: string): URLSearchParams {
  return new URLSearchParams(`&${text}`) // a `?` in front would be taken for the address's
}

function readJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw refusal(400, 'The body is not JSON.')
  }
}

/** JSON is not: of that no more is read in the first place. */
function isTooLong(body: unknown, text: string): boolean {
  if (!(body instanceof URLSearchParams) || text.length <= MAX_BYTES) return false
  return Buffer.byteLength(decodeURIComponent(text)) > MAX_BYTES
}

function refuseOtherTypes(...[request, _response, next]: Parameters<RequestHandler>): void {
  // Read from the header itself: the parsers look at the type only where there is a body.
  const header = request.headers['content-type'] ?? ''
  const type = header.split(';')[0]?.trim().toLowerCase()
  // The parsers would decode other ones, but what is checked below are the bytes, as UTF-8.
  const isUtf8Named = [...header.matchAll(CHARSET)].every(([, name = '']) =>
    UTF8_NAMES.has(name.toLowerCase()),
  )
  if (type !== FORM && type !== JSON_TYPE) next(refusal(415, `Send ${FORM} or ${JSON_TYPE}.`))
  else next(isUtf8Named ? undefined : refusal(415, 'Send UTF-8.'))
}

function refuseBadUtf8(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw refusal(400, 'The body is not UTF-8.')
}

/** A lenient decoder would let bad escapes stand, and so add another text than was meant. */
function refuseBadEscapes(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  try {
    decodeURIComponent(body.toString('latin1'))
  } catch {
    throw refusal(400, 'The form is not percent-encoded UTF-8.')
  }
  if (!isUtf8(body)) throw refusal(400, 'The form is not UTF-8.')
}
