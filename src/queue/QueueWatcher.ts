import { DatabaseUnavailable, NotConnectedYet } from '../db/errors.js'
import type { PageLoad } from './Queue.js'

/** What is told of the queue as it changes. */
export interface QueueNews {
  readonly version: number
  readonly length: number
}

export interface QueueListener {
  /** The queue has changed. The versions told only ever grow, unless the database has lost history or is another one. */
  onChange(news: QueueNews): void
  /** Postgres was lost (`false`) or regained. */
  onCurrent(current: boolean): void
  /** Nothing will be told any more. */
  onClose(): void
}

/**
 * A look may rely on a version check that is a lease old. So a change is told this much later than a lease at the
 * latest, which is less than the 100 ms that a page load may take, and 15 looks a second are not reached.
 */
const LOOK_EVERY_MS = 75

/**
 * Watches the queue for all who want to hear of its changes, with one timer however many they are. What this process
 * writes is told at once, what others do at the next look: an ordinary page load, for which the cache is enough.
 */
export class QueueWatcher {
  readonly #front: () => Promise<PageLoad>
  readonly #listeners = new Set<QueueListener>()
  #latest: QueueNews | undefined
  #latestSinceMs = Number.NEGATIVE_INFINITY
  #current = true
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #closed = false

  constructor(front: () => Promise<PageLoad>) {
    this.#front = front
  }

  /** Undefined where nothing is known yet. */
  get latest(): QueueNews | undefined {
    return this.#latest
  }

  get isCurrent(): boolean {
    return this.#current
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** @returns what ends it */
  subscribe(listener: QueueListener): () => void {
    this.#listeners.add(listener)
    if (!this.#closed) this.#timer ??= setInterval(() => this.#lookInBackground(), LOOK_EVERY_MS)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** Tells of a change, unless it is known already. */
  announce(news: QueueNews): void {
    if (!this.#latest || news.version > this.#latest.version) this.#tell(news)
  }

  /** Looks at the queue as it is now, and tells what is new. */
  async look(): Promise<void> {
    const beganAtMs = performance.now()
    const load = await this.#front().catch(unlessUnavailable)
    if (load === 'unknown') return
    if (load) this.#tellOfLook(load.snapshot, beganAtMs)
    const current = load?.current ?? false
    if (current === this.#current) return
    this.#current = current
    for (const listener of this.#listeners) listener.onCurrent(current)
  }

  /** A page never goes back behind what was told before it was asked for, unless the database itself did. */
  #tellOfLook(news: QueueNews, beganAtMs: number): void {
    const hasGoneBack = news.version < (this.#latest?.version ?? 0) && beganAtMs > this.#latestSinceMs
    if (hasGoneBack) this.#tell(news)
    else this.announce(news)
  }

  #tell({ version, length }: QueueNews): void {
    this.#latest = { version, length }
    this.#latestSinceMs = performance.now()
    for (const listener of this.#listeners) listener.onChange(this.#latest)
  }

  close(): void {
    this.#closed = true
    this.#stop()
    for (const listener of this.#listeners) listener.onClose()
  }

  /** One at a time: a slow look is not joined by more. */
  #lookInBackground(): void {
    this.#looking ??= this.look()
      // Whatever is wrong, the next page load meets it too, and is where it is logged.
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined
      })
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Postgres is away, and no queue was known before. */
function unlessUnavailable(error: unknown): 'unknown' | undefined {
  if (error instanceof NotConnectedYet) return 'unknown' // nothing says that Postgres is down
  if (error instanceof DatabaseUnavailable) return undefined
  throw error
}
