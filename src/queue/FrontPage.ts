import type { Snapshot } from './Queue.js'

/** The first page at one version, with one item more than is shown: that tells whether there is a next page. */
export type FrontPage = Pick<Snapshot, 'version' | 'origin' | 'items'>

/** What a write says of the page that it made. */
interface PageAfterWrite extends FrontPage {
  /** `items` stand behind this id on the page; 0: they are the whole page. */
  readonly after: number
  /** No item up to this id is left. */
  readonly removedThrough: number
}

/** Before the first write no page is known. */
export const UNKNOWN_PAGE: FrontPage = { version: 0, origin: '', items: [] }

/**
 * The page that a write made of the one that was known. If somebody else has written in between, it is all new. It is
 * unknown if another server has taken over, which gave the known version to other contents.
 * @param maxItems those of the page and one more: adds come behind a full page as well, and would be remembered for
 *   ever
 */
export function pageAfterWrite(known: FrontPage, made: PageAfterWrite, maxItems: number): FrontPage {
  const { version, origin, after, removedThrough, items } = made
  if (after > 0 && origin !== known.origin) return UNKNOWN_PAGE
  const kept = after === 0 ? [] : known.items.filter(({ id }) => id > removedThrough)
  return { version, origin, items: [...kept, ...items].slice(0, maxItems) }
}
