import type { Request } from 'express'
import { refusal } from '../http/refusal.js'

/** Whether htmx, or a script like it, asks for a fragment to put into the page. */
export function wantsFragment(request: Request): boolean {
  return request.get('HX-Request') === 'true'
}

/** All values that the query gives to a name. Node's own parser stops without a word at a thousand parameters. */
export function queryValues({ url }: Request, name: string): string[] {
  const start = url.indexOf('?')
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll(name)
}

/**
 * The id that a page continues behind.
 * @returns undefined for the front page
 * @throws a refusal (400) of anything else
 */
export function parseAfter(request: Request): number | undefined {
  const [after, ...others] = queryValues(request, 'after')
  if (after === undefined) return undefined
  const isWhole = others.length === 0 && /^\d{1,16}$/.test(after)
  // Compared as a bigint: as a number, what is just above 2^53 would be rounded down to it.
  if (!isWhole || BigInt(after) < 1n || BigInt(after) > 2n ** 53n) {
    throw refusal(400, '"after" should be the id of an item: a whole number, given once.')
  }
  return Number(after)
}
