import { DatabaseUnavailable } from '../db/errors.js'
import type { PageLoad } from './Queue.js'

/** What is told of the queue as it changes. */
export interface QueueNews {
  readonly version: number
  readonly length: number
}

export interface QueueListener {
  /** The queue has changed. The versions told only ever grow. */
  onChange(news: QueueNews): void
  /** Postgres was lost (`false`) or regained. */
  onCurrent(current: boolean): void
  /** Nothing will be told any more. */
  onClose(): void
}

const LOOK_EVERY_MS = 200

/**
 * Watches the queue for all who want to hear of its changes, with one timer however many they are. What this process
 * writes is told at once, what others do at the next look: an ordinary page load, for which the cache is enough.
 */
export class QueueWatcher {
  readonly #front: () => Promise<PageLoad>
  readonly #listeners = new Set<QueueListener>()
  #latest: QueueNews | undefined
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
  announce({ version, length }: QueueNews): void {
    if (this.#latest && version <= this.#latest.version) return
    this.#latest = { version, length }
    for (const listener of this.#listeners) listener.onChange(this.#latest)
  }

  /** Looks at the queue as it is now, and tells what is new. */
  async look(): Promise<void> {
    const load = await this.#front().catch(unlessUnavailable)
    if (load) this.announce(load.snapshot)
    const current = load?.current ?? false
    if (current === this.#current) return
    this.#current = current
    for (const listener of this.#listeners) listener.onCurrent(current)
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
function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof DatabaseUnavailable)) throw error
}
