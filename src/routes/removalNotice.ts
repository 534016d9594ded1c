import type { Request, Response } from 'express'
import { InvalidItemText, parseItemText } from '../queue/itemText.js'
import type { Item } from '../queue/Queue.js'

/** What a remove took off; null where there was nothing to take. */
export interface Removal {
  readonly item: Pick<Item, 'text'> | null
}

/**
 * Between the answer to a form and the page that follows it, what was taken off travels in a cookie: no link can set
 * that, so nobody elsewhere can put words on the page, and the page itself stays the same for everybody.
 */
const COOKIE = 'removed'
const VALUE = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]*)`)
const LIFETIME_MS = 30_000

/** Has the next page say it. */
export function sayRemoved(response: Response, { item }: Removal): void {
  response.cookie(COOKIE, item?.text ?? '', { ...cookieOptions(response), maxAge: LIFETIME_MS })
}

/** What this page has to say, which no later one says again. */
export function takeRemoval(request: Request, response: Response): Removal | undefined {
  const value = VALUE.exec(request.headers.cookie ?? '')?.[1]
  if (value === undefined) return undefined
  response.clearCookie(COOKIE, cookieOptions(response))
  return parseRemoval(value)
}

function cookieOptions({ req }: Response) {
  return { httpOnly: true, sameSite: 'strict', secure: req.secure } as const
}

/** Undefined for what none of our answers has set. */
function parseRemoval(value: string): Removal | undefined {
  if (value === '') return { item: null }
  try {
    return { item: { text: parseItemText(decodeURIComponent(value)) } }
  } catch (error) {
    if (error instanceof URIError || error instanceof InvalidItemText) return undefined
    throw error
  }
}
