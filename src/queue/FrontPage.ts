import type { Item } from './Queue.js'

/** The first page at one version, with one item more than is shown: that tells whether there is a next page. */
export interface FrontPage {
  readonly version: number
  readonly items: readonly Item[]
}

/** What a write says of the page that it made. */
export interface PageAfterWrite {
  readonly version: number
  /** `items` stand behind this id on the page; 0: they are the whole page. */
  readonly after: number
  /** No item up to this id is left. */
  readonly removedThrough: number
  readonly items: readonly Item[]
}

/** Before the first write no page is known. */
export const UNKNOWN_PAGE: FrontPage = { version: 0, items: [] }

/**
 * The page that a write made of the one that was known. If somebody else has written in between, it is all new.
 * @param maxItems those of the page and one more: adds come behind a full page as well, and would be remembered for
 *   ever
 */
export function pageAfterWrite(known: FrontPage, made: PageAfterWrite, maxItems: number): FrontPage {
  const { version, after, removedThrough, items } = made
  const kept = after === 0 ? [] : known.items.filter(({ id }) => id > removedThrough)
  return { version, items: [...kept, ...items].slice(0, maxItems) }
}
