import type { Change, PageLoad, Queue, Write } from '../queue/Queue.js'
import type { Metrics } from './Metrics.js'

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

  async write(write: Write, key?: string): Promise<Change> {
    const operation = 'add' in write ? 'add' : 'remove'
    const beganAtMs = performance.now()
    let failed = true
    try {
      const change = await this.#queue.write(write, key)
      failed = false
      return change
    } finally {
      this.#metrics.onWrite(operation, performance.now() - beganAtMs, failed)
    }
  }

  async #load(loading: () => Promise<PageLoad>): Promise<PageLoad> {
    const beganAtMs = performance.now()
    const load = await loading()
    this.#metrics.onPageLoad(load.cache?.outcome ?? 'bypass', performance.now() - beganAtMs)
    return load
  }
}
