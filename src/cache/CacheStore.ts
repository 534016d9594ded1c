import { withinDeadline } from './deadline.js'

/** Proof of what a store held at one moment; good for one compare-and-swap. Only its store looks inside. */
export type Token = object & { readonly brand?: 'token' }

export interface StoredBytes {
  readonly bytes: Buffer
  readonly token: Token
}

/**
 * A cache reduced to what keeps it true. There is no plain `set`: a store operation names what was there before.
 * Every method throws `CacheUnavailable` if the store failed or was too slow. Whether the operation then
 * happened is not known, and it may still happen later.
 */
export interface CacheStore {
  /** As it is called in `Cache-Status`. */
  readonly name: string
  /** Whether other processes reach the same entries. */
  readonly isShared: boolean
  /**
   * Whether what the token stands for is still there, found out without fetching it. False as well if the store can't tell.
   * The entry lives no longer for it.
   */
  touch(key: string, token: Token): Promise<boolean>
  /** What is there, or undefined for a miss. */
  gets(key: string): Promise<StoredBytes | undefined>
  /** Stores if there is nothing. Undefined if there was something, or the store had no room. */
  add(key: string, bytes: Buffer): Promise<Token | undefined>
  /**
   * Stores if there still is what the token stands for; anything stored, removed or evicted since is a conflict.
   * @returns the token of what was stored
   */
  cas(key: string, bytes: Buffer, token: Token): Promise<Token | 'conflict' | 'refused'>
  /** Leaves nothing. */
  delete(key: string): Promise<void>
  close(): void
}

export class CacheUnavailable extends Error {
  override readonly name = 'CacheUnavailable'
}

/** The cache may fail in any way, and only speed is lost: turns that into an answer, and lets other errors pass. */
export async function unlessUnavailable<R>(work: Promise<R>): Promise<R | 'unavailable'> {
  try {
    return await work
  } catch (error) {
    if (error instanceof CacheUnavailable) return 'unavailable'
    throw error
  }
}

/** Throws `CacheUnavailable` if the cache takes longer than this; the work itself goes on. */
export function inTime<R>(deadlineMs: number, work: Promise<R>): Promise<R> {
  return withinDeadline(deadlineMs, work, () => new CacheUnavailable(`no answer within ${deadlineMs} ms`))
}
