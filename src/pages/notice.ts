import type { Request, Response } from 'express'
import { InvalidItemText, parseItemText } from '../queue/itemText.js'
import { cookieName, cookieOptions, readCookie } from '../requests/cookies.js'

/** What the page after a form says of the write: what was added and its place in line, or what was taken off. */
export type Notice =
  | { readonly added: { readonly text: string; readonly id: number; readonly position: number } }
  /** Null: there was nothing to take. */
  | { readonly removed: { readonly text: string } | null }

/**
 * Between the answer to a form and the page that follows it, the notice travels in a cookie: no link can set that, so
 * nobody elsewhere can put words on the page, and the page itself stays the same for everybody.
 */
const COOKIE = 'notice'
const LIFETIME_MS = 30_000
const WHOLE_NUMBER = /^[1-9]\d{0,14}$/

/** Has the next page say it. */
export function sayNext(response: Response, notice: Notice): void {
  // Encoded as a form is: percent-encoding that once more would be too long for a cookie.
  const options = { ...cookieOptions(response.req), maxAge: LIFETIME_MS, encode: String }
  response.cookie(cookieName(response.req, COOKIE), new URLSearchParams(fieldsOf(notice)).toString(), options)
}

/** What this page has to say, which no later one says again. */
export function takeNotice(request: Request, response: Response): Notice | undefined {
  const found = readCookie(request, COOKIE)
  if (found === undefined) return undefined
  response.clearCookie(cookieName(request, COOKIE), cookieOptions(request))
  return parseNotice(new URLSearchParams(found))
}

function fieldsOf(notice: Notice): Record<string, string> {
  if ('removed' in notice) return { removed: notice.removed?.text ?? '' }
  const { text, id, position } = notice.added
  return { added: text, id: String(id), position: String(position) }
}

/** Undefined for what none of our answers has set. */
function parseNotice(fields: URLSearchParams): Notice | undefined {
  const added = parseText(fields.get('added'))
  const [id = '', position = ''] = [fields.get('id') ?? '', fields.get('position') ?? '']
  if (added !== undefined && WHOLE_NUMBER.test(id) && WHOLE_NUMBER.test(position)) {
    return { added: { text: added, id: Number(id), position: Number(position) } }
  }
  if (fields.get('removed') === '') return { removed: null }
  const removed = parseText(fields.get('removed'))
  return removed === undefined ? undefined : { removed: { text: removed } }
}

function parseText(text: string | null): string | undefined {
  if (text === null) return undefined
  try {
    return parseItemText(text)
  } catch (error) {
    if (error instanceof InvalidItemText) return undefined
    throw error
  }
}
