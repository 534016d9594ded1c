import { DatabaseUnavailable, NotConnectedYet } from '../db/errors.js'
import type { PageLoad } from './Queue.js'

/** The queue has a new version. */
export interface QueueEvent {
  readonly version: number
  readonly length: number
}

/**
 * A page load may rely on a version check that is a lease old. So a change is published at most this much later than a
 * lease. That is less than the 100 ms that a page load may take, and makes fewer than 15 page loads a second.
 */
const REFRESH_EVERY_MS = 75

/**
 * Watches the queue for all its listeners, with one timer. It publishes what this process writes at once,
 * and what others write at the next refresh: an ordinary page load, for which the cache is enough.
 */
export class QueueWatcher {
  readonly #front: () => Promise<PageLoad>
  readonly #listeners = new Set<() => void>()
  #latest: QueueEvent | undefined
  #latestSinceMs = Number.NEGATIVE_INFINITY
  #current = true
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> | undefined
  #closed = false

  constructor(front: () => Promise<PageLoad>) {
    this.#front = front
  }

  /**
   * Undefined if nothing is known yet. The versions only ever grow, unless the database has lost history or is another
   * one. Each event is another object.
   */
  get latest(): QueueEvent | undefined {
    return this.#latest
  }

  /** False while Postgres is lost. */
  get isCurrent(): boolean {
    return this.#current
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** @param listener called when one of the three values above has changed @returns call it to unsubscribe */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (!this.#closed) this.#timer ??= setInterval(() => this.#refreshInBackground(), REFRESH_EVERY_MS)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** Publishes a change, unless it is known already. */
  publish(event: QueueEvent): void {
    if (!this.#latest || event.version > this.#latest.version) this.#emit(event)
  }

  /** Loads the first page, and publishes what is new. */
  async refresh(): Promise<void> {
    const beganAtMs = performance.now()
    const load = await this.#front().catch(unlessDown)
    if (load === 'unknown') return
    if (load) this.#publishLoaded(load.snapshot, beganAtMs)
    const current = load?.current ?? false
    if (current === this.#current) return
    this.#current = current
    this.#tellListeners()
  }

  /** A page is never older than what was published before its load began, unless the database itself has gone back. */
  #publishLoaded(event: QueueEvent, beganAtMs: number): void {
    const hasGoneBack = event.version < (this.#latest?.version ?? 0) && beganAtMs > this.#latestSinceMs
    if (hasGoneBack) this.#emit(event)
    else this.publish(event)
  }

  #emit({ version, length }: QueueEvent): void {
    this.#latest = { version, length }
    this.#latestSinceMs = performance.now()
    this.#tellListeners()
  }

  close(): void {
    this.#closed = true
    this.#stop()
    this.#tellListeners()
  }

  #tellListeners(): void {
    for (const listener of this.#listeners) listener()
  }

  /** One at a time: while a refresh is slow, no other begins. */
  #refreshInBackground(): void {
    this.#refreshing ??= this.refresh()
      // The next page load meets the same error, and it is logged there.
      .catch(() => {})
      .finally(() => {
        this.#refreshing = undefined
      })
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Postgres is away, and no queue was known before. */
function unlessDown(error: unknown): 'unknown' | undefined {
  if (error instanceof NotConnectedYet) return 'unknown' // nothing says that Postgres is down
  if (error instanceof DatabaseUnavailable) return undefined
  throw error
}
