import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

const MAX_BYTES = 16 * 1024
/**
 * Percent-encoding makes a form's text up to three times as long: 2,000 Chinese characters are 6 kB, and 18 kB as a
 * browser sends them. So the decoded form is what may have 16 KiB. A longer one is read too, and the page that refuses
 * it gives the text back.
 */
const MAX_ENCODED_FORM_BYTES = 4 * MAX_BYTES
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const CHARSET = /;\s*charset\s*=\s*["']?([^"';\s]*)/gi
/** Two names of one encoding: many programs write the second. */
const UTF8_NAMES = new Set(['utf-8', 'utf8'])

/** Not `express.urlencoded`: its parser takes `text=a]=b` for a field named `text=a]`. */
const form: RequestHandler[] = [
  express.text({ type: FORM, limit: MAX_ENCODED_FORM_BYTES, verify: checkForm }),
  (request, _response, next) => {
    const text: unknown = request.body
    if (typeof text !== 'string') return next()
    request.body = new URLSearchParams(`&${text}`) // a `?` at the start would be dropped
    next(isTooLong(text) ? refusal(413, 'A request may have 16 KiB.') : undefined)
  },
]
const json = express.json({ type: JSON_TYPE, limit: MAX_BYTES, strict: false, verify: checkUtf8 })
/** Drops a body without a type; its size counts all the same. */
const untyped = express.raw({ type: (request) => !request.headers['content-type'], limit: MAX_BYTES })

/** Reads a form or JSON into `request.body`; another type is refused. */
export const requiredBody: RequestHandler[] = [refuseOtherTypes, ...form, json]

/** The same for requests that need no body: none, and one without a type, will do. */
export const optionalBody: RequestHandler[] = [
  (request, response, next) => {
    if (request.headers['content-type'] === undefined) next()
    else refuseOtherTypes(request, response, next)
  },
  ...form,
  json,
  untyped,
]

/**
 * Express's parsers look at the type only if there is a body, decode other charsets too, and don't know the name
 * `utf8`. So what is checked here they need not see.
 */
function refuseOtherTypes(...[request, _response, next]: Parameters<RequestHandler>): void {
  const header = request.headers['content-type'] ?? ''
  const type = header.split(';')[0]?.trim().toLowerCase()
  const isUtf8Named = [...header.matchAll(CHARSET)].every(([, name = '']) =>
    UTF8_NAMES.has(name.toLowerCase()),
  )
  if (type !== FORM && type !== JSON_TYPE) next(refusal(415, `Send ${FORM} or ${JSON_TYPE}.`))
  else if (!isUtf8Named) next(refusal(415, 'Send UTF-8.'))
  else {
    request.headers['content-type'] = type
    next()
  }
}

function checkUtf8(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw refusal(400, 'The body is not UTF-8.')
}

/** A lenient decoder would leave bad escapes as they are, and so add another text than was meant. */
function checkForm(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw refusal(400, 'The form is not UTF-8.')
  try {
    decodeURIComponent(body.toString('latin1'))
  } catch {
    throw refusal(400, 'The form is not percent-encoded UTF-8.')
  }
}

function isTooLong(form: string): boolean {
  return form.length > MAX_BYTES && Buffer.byteLength(decodeURIComponent(form)) > MAX_BYTES
}
