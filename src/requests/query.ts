import type { Request } from 'express'
import { refusal } from '../http/refusal.js'

/** All values that the query gives to a name. Node's own parser silently stops after 1,000 parameters. */
export function queryValues({ url }: Request, name: string): string[] {
  const start = url.indexOf('?')
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll(name)
}

/**
 * The id after which a page begins.
 * @returns undefined for the front page
 * @throws a refusal (400) if `after` is malformed
 */
export function parseAfter(request: Request): number | undefined {
  const [after, ...others] = queryValues(request, 'after')
  if (after === undefined) return undefined
  const isWhole = others.length === 0 && /^\d{1,16}$/.test(after)
  // Compared as a bigint, because as a number 2^53 + 1 would be rounded to 2^53.
  if (!isWhole || BigInt(after) < 1n || BigInt(after) > 2n ** 53n) {
    throw refusal(400, '"after" should be the id of an item: a whole number, given once.')
  }
  return Number(after)
}
