import type { CacheService, Reading, Source } from '../cache/index.js'
import { DatabaseUnavailable, NotConnectedYet } from '../db/errors.js'
import type { Change, PageLoad, Queue, Snapshot, Write } from './Queue.js'
import type { QueueRepository } from './QueueRepository.js'

/** The one key of this cache. */
const KEY = 'queue'

interface CachedQueueOptions {
  readonly queue: Queue
  readonly cache: CacheService<Snapshot>
  readonly cacheName: string
  /** Called with each write from here once every process shows it. */
  readonly onChange: (change: Change) => void
}

/** The queue with its first page in the cache. It answers like the queue that it wraps, only sooner. */
export class CachedQueue implements Queue {
  readonly #options: CachedQueueOptions

  constructor(options: CachedQueueOptions) {
    this.#options = options
  }

  async front(): Promise<PageLoad> {
    const { cache, cacheName: name } = this.#options
    const reading = await cache.read(KEY)
    const { value: snapshot, current, outcome } = reading
    return { snapshot, current, cache: { name, outcome, status: cacheStatus(reading) } }
  }

  /** Later pages are not cached, because few visitors ask for them. */
  async after(id: number): Promise<PageLoad> {
    const { queue, cache, cacheName: name } = this.#options
    const snapshot = await cache.bypass(KEY, async () => (await queue.after(id)).snapshot)
    const status = 'fwd=bypass; detail=later-page'
    return { snapshot, current: true, cache: { name, outcome: 'bypass', status } }
  }

  lastPageAfter(): Promise<number | null> {
    return this.#options.queue.lastPageAfter()
  }

  async write(write: Write, key?: string): Promise<Change> {
    const { queue, cache, onChange } = this.#options
    const { change } = await cache.write(KEY, async () => {
      const change = await queue.write(write, key)
      return { change, value: change.front }
    })
    onChange(change)
    return change
  }
}

/** Where the cache loads the first page, and asks for its version. */
export function queueSource(repository: QueueRepository): Source<Snapshot> {
  return {
    load: () => repository.page(0),
    async versions(keys) {
      const { origin, version } = await repository.version()
      return { origin, versions: new Map(keys.map((key) => [key, version])) }
    },
    // A first connection that takes its time is no outage, and there is no last known page to show yet.
    isUnavailable: (error) => error instanceof DatabaseUnavailable && !(error instanceof NotConnectedYet),
  }
}

/** https://www.rfc-editor.org/rfc/rfc9211#section-2 */
function cacheStatus({ outcome, stored, detail }: Reading<unknown>): string {
  if (outcome === 'hit') return 'hit'
  return `fwd=${outcome}${stored ? '; stored' : ''}${detail ? `; detail=${detail}` : ''}`
}
