import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type Request, type RequestHandler } from 'express'
import type { HttpError } from 'http-errors'
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

/** Express would look at the type once more for each of its parsers. */
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

/** The same for requests that need no body. One without a type is dropped, but its size counts. */
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
 * Makes a form's bytes `URLSearchParams`. Not by `express.urlencoded`: its parser takes `text=a]=b` for a field named
 * `text=a]`.
 * @returns what is wrong with the form
 */
function parseForm(request: Request): HttpError | undefined {
  const body: unknown = request.body
  if (!Buffer.isBuffer(body)) return undefined // there is none
  if (!isUtf8(body)) return refusal(400, 'The form is not UTF-8.')
  const form = body.toString()
  if (!isPercentEncoded(form)) return refusal(400, 'The form is not percent-encoded UTF-8.')
  request.body = new URLSearchParams(`&${form}`) // a `?` at the start would be dropped
  return isTooLong(form) ? refusal(413, 'A request may have 16 KiB.') : undefined
}

/** A lenient decoder would leave bad escapes as they are, and so add another text than was meant. */
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
