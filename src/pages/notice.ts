import type { Request, Response } from 'express'
import { faultOfText } from '../queue/itemText.js'
import { readCookie, setCookie } from '../requests/cookies.js'
import { formatNumber } from './formatNumber.js'
import type { Personal } from './PersonalPage.js'

/** What the page after a form says about the write: the added item and its place in line, or the removed item. */
type Notice =
  | { readonly added: string; readonly id: string; readonly position: string }
  /** Empty if the queue was empty. */
  | { readonly removed: string }

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
  setCookie(response, COOKIE, new URLSearchParams(notice).toString(), LIFETIME_SECONDS)
  response.headerList.push('Location', '/')
  response.status(303).end()
}

/** What the notice has this page show. It is cleared, so no later page shows it again. */
export function takeNotice(request: Request, response: Response): Personal | undefined {
  const found = readCookie(request, COOKIE)
  if (found === undefined) return undefined
  setCookie(response, COOKIE, '', 0)
  return parseNotice(new URLSearchParams(found))
}

/** Undefined if none of our answers has set it. */
function parseNotice(fields: URLSearchParams): Personal | undefined {
  const added = parseText(fields.get('added'))
  const [id = '', position = ''] = [fields.get('id') ?? '', fields.get('position') ?? '']
  if (added !== undefined && WHOLE_NUMBER.test(id) && WHOLE_NUMBER.test(position)) {
    return { added: { text: added, position: formatNumber(Number(position)), href: placeOf(Number(id)) } }
  }
  if (fields.get('removed') === '') return { removed: { item: null } }
  const removed = parseText(fields.get('removed'))
  return removed === undefined ? undefined : { removed: { item: { text: removed } } }
}

function parseText(text: string | null): string | undefined {
  return faultOfText(text) === undefined ? text?.trim() : undefined
}

/** The address of the page that begins with this item. */
function placeOf(id: number): string {
  return `${id > 1 ? `/?after=${id - 1}` : '/'}#item-${id}`
}
