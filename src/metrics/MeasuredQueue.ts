import type { CacheUse, Change, Item, PageLoad, Queue } from '../queue/Queue.js'
import type { CacheResult, Metrics, WriteOperation } from './Metrics.js'

/** The same queue, measured: how long each call takes, and what the cache did for it. */
export class MeasuredQueue implements Queue {
  readonly #queue: Queue
  readonly #metrics: Metrics

  constructor(queue: Queue, metrics: Metrics) {
    this.#queue = queue
    this.#metrics = metrics
  }

  front(): Promise<PageLoad> {
    return this.#load(() => this.#queue.front())
  }

  after(id: number): Promise<PageLoad> {
    return this.#load(() => this.#queue.after(id))
  }

  lastPageAfter(): Promise<number | null> {
    return this.#queue.lastPageAfter()
  }

  add(text: string, key?: string): Promise<Change & { readonly item: Item }> {
    return this.#write('add', () => this.#queue.add(text, key))
  }

  remove(key?: string): Promise<Change> {
    return this.#write('remove', () => this.#queue.remove(key))
  }

  async #load(loading: () => Promise<PageLoad>): Promise<PageLoad> {
    const beganAtMs = performance.now()
    const load = await loading()
    this.#metrics.onPageLoad(resultOf(load.cache), performance.now() - beganAtMs)
    return load
  }

  async #write<C>(operation: WriteOperation, writing: () => Promise<C>): Promise<C> {
    const beganAtMs = performance.now()
    let failed = true
    try {
      const change = await writing()
      failed = false
      return change
    } finally {
      this.#metrics.onWrite(operation, performance.now() - beganAtMs, failed)
    }
  }
}

function resultOf(cache: CacheUse | undefined): CacheResult {
  if (cache?.status === 'hit') return 'hit'
  if (cache?.status.startsWith('fwd=miss')) return 'miss'
  return cache?.status.startsWith('fwd=stale') ? 'stale' : 'bypass'
}
