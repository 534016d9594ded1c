import { createHash, randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { askedText, type Write } from '../queue/Queue.js'
import { readCookie, setCookie } from './cookies.js'
import { formValues } from './fields.js'

const COOKIE = 'visitor'
const HOUR_SECONDS = 60 * 60

/** Gives the visitor's browser a name, which `formKey` needs, unless it has one. */
export function nameVisitor(request: Request, response: Response): void {
  if (readCookie(request, COOKIE) === undefined) setCookie(response, COOKIE, randomUUID(), HOUR_SECONDS)
}

/**
 * The idempotency key of a form that a browser sends without our script. Such a form has no key of its own, because the
 * page is the same for everybody. If a button is pressed twice, the browser sends the same form twice: the same visitor
 * asks for the same on a page of the same version. After a write the page has another version.
 * @returns undefined if it is not a form of our page, or if the browser has no cookies
 */
export function formKey(request: Request, write: Write): string | undefined {
  const visitor = readCookie(request, COOKIE)
  const [version] = formValues(request.body, 'version')
  if (visitor === undefined || version === undefined) return undefined
  const asked = JSON.stringify([visitor, version, request.path, askedText(write)])
  return createHash('sha256').update(asked).digest('hex')
}
