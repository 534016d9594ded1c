import type { Request, Response } from 'express'
import { faultOfText } from '../queue/itemText.js'
import { cookieFor, cookieName, cookieOptions, readCookie } from '../requests/cookies.js'

/** What the page after a form says about the write: the added item and its place in line, or the removed item. */
export type Notice =
  | { readonly added: { readonly text: string; readonly id: number; readonly position: number } }
  /** Null: the queue was empty. */
  | { readonly removed: { readonly text: string } | null }

/**
 * The notice travels in a cookie from the answer to a form to the page that follows it. A link can't set a cookie, so
 * no other site can put words on the page; and the page itself stays the same for everybody.
 */
const COOKIE = 'notice'
const LIFETIME_SECONDS = 30
const WHOLE_NUMBER = /^[1-9]\d{0,14}$/

/** Answers a form: sends the browser to the first page, which then shows the notice. */
export function redirectWithNotice(response: Response, notice: Notice): void {
  // Encoded like a form. Percent-encoded once more it would be too long for a cookie.
  const value = new URLSearchParams(fieldsOf(notice)).toString()
  const cookie = cookieFor(response.req, COOKIE, value, LIFETIME_SECONDS)
  response.headerList.push('Location', '/', 'Set-Cookie', cookie)
  response.status(303).end()
}

/** The notice for this page. It is cleared, so no later page shows it again. */
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

/** Undefined if none of our answers has set it. */
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
  return faultOfText(text) === undefined ? text?.trim() : undefined
}
