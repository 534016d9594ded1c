/** The contract between the routes and what keeps the queue. Imports nothing. */

export interface Item {
  readonly id: number
  readonly text: string
}

/** One page of the queue at one version. */
export interface Snapshot {
  /** Grows with every change of the queue, never goes back, is never used for two contents. */
  readonly version: number
  /** The identity of its database: versions of two databases can't be compared. */
  readonly origin: string
  /** How many items the whole queue has. */
  readonly length: number
  /** The items of this page, oldest first. */
  readonly items: readonly Item[]
  /** The id after which the next page begins, or null on the last page. */
  readonly next: number | null
  /** On a later page, the place in line of its first item; missing if that is too far down to be counted. */
  readonly firstPlace?: number
}

/** What one page load gets. */
export interface PageLoad {
  readonly snapshot: Snapshot
  /** False if Postgres can't be reached: then this is the last queue that the process knows. */
  readonly current: boolean
  /** How the cache was used; undefined if there is no cache. */
  readonly cache?: CacheUse
}

export interface CacheUse {
  readonly name: string
  readonly outcome: 'hit' | 'miss' | 'stale' | 'bypass'
  /** The parameters of RFC 9211's `Cache-Status`, for example `hit` or `fwd=miss; stored`. */
  readonly status: string
}

/** A change that a visitor asks for: add this text at the end, or take the oldest item off. */
export type Write = { readonly add: string } | { readonly remove: 'oldest' }

/**
 * What a write asks for, as Postgres keeps it with the answer to a key: the text to add, or null for the oldest item.
 * A key that comes again and asks for something else is refused. Two releases that run side by side must agree on it.
 */
export function askedText(write: Write): string | null {
  return 'add' in write ? write.add : null
}

/** What one write did. */
export interface Change {
  /** The item added or taken off; null if there was none to take. */
  readonly item: Item | null
  readonly version: number
  readonly length: number
  /** The first page after this write, and after those that were committed together with it. */
  readonly front: Snapshot
}

/** A write had a key that was used for another write before. It was not made. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'IdempotencyKeyReused'

  constructor() {
    super('This key was used for another request. Use a new key for each one.')
  }
}

/**
 * A first-in-first-out queue of texts that many visitors share.
 * Every method may throw `DatabaseUnavailable`; a write that throws it was not acknowledged.
 */
export interface Queue {
  /** The oldest items, as many as fit on one page. */
  front(): Promise<PageLoad>
  /** The page behind the item with this id; the item itself may be gone. */
  after(id: number): Promise<PageLoad>
  /** The id after which the last page begins, or null if one page holds the whole queue. */
  lastPageAfter(): Promise<number | null>
  /**
   * Makes one change. A text to add has been checked before (see `itemText.ts`). To remove from an empty queue changes
   * nothing: no new version.
   * @param key the same key again within an hour changes nothing and gets the same answer, from any process
   * @throws IdempotencyKeyReused
   */
  write(write: Write, key?: string): Promise<Change>
}
