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
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i
/** In valid JSON: an opening or closing bracket, or a string, with the colon that makes it a name. */
const JSON_TOKEN = /([[{])|[\]}]|("(?:[^"\\]|\\.)*")(\s*:)?/g

const form = [
  express.text({ type: FORM, limit: LIMIT_BYTES, verify: refuseBadEscapes }),
  replaceBody(textsOfForm),
]
const json = [
  express.text({ type: JSON_TYPE, limit: LIMIT_BYTES, verify: refuseBadUtf8 }),
  replaceBody(textsOfJson),
]
/** What needs no body reads and drops one without a type; its size counts all the same. */
const untyped = express.raw({ type: (request) => !request.headers['content-type'], limit: LIMIT_BYTES })

/** Reads a form or JSON, of which `request.body` keeps what `textField` needs; another type is refused. */
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

/** The field `text` as it was sent, whatever that is; undefined where it is missing or given more than once. */
export function textField(body: unknown): unknown {
  return Array.isArray(body) && body.length === 1 ? body[0] : undefined
}

/** Makes the text of a body the list of all that it gives as `text`. One without a single byte gives nothing. */
function replaceBody(textsOf: (body: string) => unknown[]): RequestHandler {
  return (request, _response, next) => {
    const body: unknown = request.body
    if (typeof body === 'string') request.body = body === '' ? [] : textsOf(body)
    next()
  }
}

/** `text[]` and the like are other fields. */
function textsOfForm(form: string): string[] {
  return new URLSearchParams(`&${form}`).getAll('text') // a `?` in front would be taken for the address's
}

/** Of the outermost object alone, and nothing that it inherits. */
function textsOfJson(json: string): unknown[] {
  const value = parseJson(json)
  if (typeof value !== 'object' || value === null) return []
  return Array(timesNamed('text', json)).fill(Reflect.get(value, 'text'))
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new MalformedBody('The body is not JSON.', { cause: error })
  }
}

/** How often the outermost object has a field of this name: `JSON.parse` keeps the last one and says nothing. */
function timesNamed(field: string, json: string): number {
  let depth = 0
  let times = 0
  for (const [, opening, string, colon] of json.matchAll(JSON_TOKEN)) {
    if (string === undefined) depth += opening ? 1 : -1
    else if (depth === 1 && colon && JSON.parse(string) === field) times += 1
  }
  return times
}

function refuseOtherTypes(...[request, _response, next]: Parameters<RequestHandler>): void {
  // Read from the header itself: the parsers look at the type only where there is a body.
  const header = request.headers['content-type'] ?? ''
  const type = header.split(';')[0]?.trim().toLowerCase()
  // The parsers would decode other ones, but what is checked below are the bytes, as UTF-8.
  const charset = CHARSET.exec(header)?.[1]?.toLowerCase() ?? 'utf-8'
  if (type !== FORM && type !== JSON_TYPE) next(new UnsupportedBody(`Send ${FORM} or ${JSON_TYPE}.`))
  else next(charset === 'utf-8' ? undefined : new UnsupportedBody('Send UTF-8.'))
}

function refuseBadUtf8(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw new MalformedBody('The body is not UTF-8.')
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
