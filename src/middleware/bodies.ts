import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Request, type RequestHandler } from 'express'
import type { HttpError } from 'http-errors'
import { refusal } from '../http/refusal.js'

const MAX_BYTES = 16 * 1024
/**
 * Percent-encoding makes a form's text up to three times as long: 2,000 Chinese characters are 6 kB, and 18 kB as a
 * browser sends them. So the limit of 16 KiB applies to the decoded form. A longer form is read too, so that the page
 * that refuses it can return the text.
 */
const MAX_ENCODED_FORM_BYTES = 4 * MAX_BYTES
const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'
const CHARSET = /;\s*charset\s*=\s*["']?([^"';\s]*)/gi
/** Two names of one encoding: many programs write the second. */
const UTF8_NAMES = new Set(['utf-8', 'utf8'])

/** Otherwise each of Express's parsers would check the type again. */
const anyType = () => true
const readForm = express.raw({ type: anyType, limit: MAX_ENCODED_FORM_BYTES })
const readJson = express.json({ type: anyType, limit: MAX_BYTES, strict: false, verify: checkUtf8 })
const readUntyped = express.raw({ type: anyType, limit: MAX_BYTES })

/** Reads a form or JSON into `request.body`; another type is refused. */
export const requiredBody: RequestHandler = (request, response, next) => {
  const header = request.headers['content-type'] ?? ''
  const type = header.split(';')[0]?.trim().toLowerCase()
  if (type !== FORM && type !== JSON_TYPE) throw refusal(415, `Send ${FORM} or ${JSON_TYPE}.`)
  if (!isUtf8Named(header)) throw refusal(415, 'Send UTF-8.')
  // Express's parsers decode other charsets too, and don't know the name `utf8`, so they need not see it.
  request.headers['content-type'] = type
  if (type === JSON_TYPE) readJson(request, response, next)
  else readForm(request, response, (error?: unknown) => next(error ?? parseForm(request)))
}

/** The same for requests that need no body. A body without a type is ignored, but its size is limited. */
export const optionalBody: RequestHandler = (request, response, next) => {
  const read = request.headers['content-type'] === undefined ? readUntyped : requiredBody
  return read(request, response, next)
}

function isUtf8Named(contentType: string): boolean {
  return [...contentType.matchAll(CHARSET)].every(([, name = '']) => UTF8_NAMES.has(name.toLowerCase()))
}

function checkUtf8(_request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  if (!isUtf8(body)) throw refusal(400, 'The body is not UTF-8.')
}

/**
 * Parses a form's bytes to `URLSearchParams`. Not by `express.urlencoded`, whose parser reads `text=a]=b` as a field
 * named `text=a]`.
 * @returns what is wrong with the form
 */
function parseForm(request: Request): HttpError | undefined {
  const body: unknown = request.body
  if (!Buffer.isBuffer(body)) return undefined // there is none
  if (!isUtf8(body)) return refusal(400, 'The form is not UTF-8.')
  const form = body.toString()
  if (!isPercentEncoded(form)) return refusal(400, 'The form is not percent-encoded UTF-8.')
  request.body = new URLSearchParams(`&${form}`) // a `?` at the start would be dropped
  return isTooLong(form) ? refusal(413, 'A request may have at most 16 KiB.') : undefined
}

/** A lenient decoder would keep malformed escapes, and so add a text that nobody meant. */
function isPercentEncoded(form: string): boolean {
  try {
    decodeURIComponent(form)
    return true
  } catch {
    return false
  }
}

function isTooLong(form: string): boolean {
  return form.length > MAX_BYTES && Buffer.byteLength(decodeURIComponent(form)) > MAX_BYTES
}
