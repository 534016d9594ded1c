import { withinDeadline } from './deadline.js'

/** Stands for the entry that a store held at one moment; valid for one compare-and-swap. Only its store looks inside. */
export type Token = object

/** The token of the new entry; `conflict` if the old one is gone or changed; `refused` if the store has no room. */
export type CasResult = Token | 'conflict' | 'refused'

export interface StoredBytes {
  readonly bytes: Buffer
  readonly token: Token
}

/**
 * A cache with only the operations that keep it true. There is no plain `set`: each operation that stores says what
 * must have been there before. Every method throws `CacheUnavailable` if the store failed or was too slow. Then it is
 * not known whether the operation has happened, and it may still happen later.
 */
export interface CacheStore {
  /** Its name in `Cache-Status`. */
  readonly name: string
  /** Whether other processes reach the same entries. */
  readonly isShared: boolean
  /** Whether the token's entry is still there; false if the store can't tell. Does not prolong the entry's life. */
  touch(key: string, token: Token): Promise<boolean>
  /** The entry, or undefined for a miss. */
  gets(key: string): Promise<StoredBytes | undefined>
  /** Stores only if there is no entry. Undefined if there was one, or if the store had no room. */
  add(key: string, bytes: Buffer): Promise<Token | undefined>
  /** Stores only if the token's entry is still there: nothing was stored, removed or evicted since. */
  cas(key: string, bytes: Buffer, token: Token): Promise<CasResult>
  delete(key: string): Promise<void>
  close(): void
}

export class CacheUnavailable extends Error {
  override readonly name = 'CacheUnavailable'
}

/** Returns `unavailable` if the cache failed, because only speed is lost then. Throws all other errors. */
export async function unlessUnavailable<R>(work: Promise<R>): Promise<R | 'unavailable'> {
  try {
    return await work
  } catch (error) {
    if (error instanceof CacheUnavailable) return 'unavailable'
    throw error
  }
}

/** Throws `CacheUnavailable` after the deadline. The work itself goes on. */
export function inTime<R>(deadlineMs: number, work: Promise<R>): Promise<R> {
  return withinDeadline(deadlineMs, work, () => new CacheUnavailable(`no answer within ${deadlineMs} ms`))
}
