import type { CacheService, Reading } from '../cache/CacheService.js'
import type { CacheUse, Change, Item, PageLoad, Queue, Snapshot } from './Queue.js'
import type { QueueRepository } from './QueueRepository.js'

interface CachedQueueOptions {
  readonly repository: QueueRepository
  readonly cache: CacheService<Snapshot>
  readonly cacheName: string
  /** Hears of what was written here, once every process shows it. */
  readonly onChange: (change: Change) => void
}

/** The queue with its first page in the cache. It answers like the repository that it wraps, only sooner. */
export class CachedQueue implements Queue {
  readonly #repository: QueueRepository
  readonly #cache: CacheService<Snapshot>
  readonly #cacheName: string
  readonly #onChange: (change: Change) => void

  constructor({ repository, cache, cacheName, onChange }: CachedQueueOptions) {
    this.#repository = repository
    this.#cache = cache
    this.#cacheName = cacheName
    this.#onChange = onChange
  }

  async front(): Promise<PageLoad> {
    const reading = await this.#cache.read()
    return {
      snapshot: reading.value,
      current: reading.current,
      cache: { name: this.#cacheName, status: cacheStatus(reading) },
    }
  }

  /** Later pages are not cached; hardly anybody asks for them. */
  async after(id: number): Promise<PageLoad> {
    const snapshot = await this.#cache.ask(() => this.#repository.page(id))
    const cache: CacheUse = { name: this.#cacheName, status: 'fwd=bypass; detail=later-page' }
    return { snapshot, current: true, cache }
  }

  lastPageAfter(): Promise<number | null> {
    return this.#repository.lastPageAfter()
  }

  async add(text: string, key?: string): Promise<Change & { readonly item: Item }> {
    const { change } = await this.#cache.write(async () => {
      const { change, front } = await this.#repository.addItem(text, key)
      return { change, value: front }
    })
    this.#onChange(change)
    return change
  }

  async remove(key?: string): Promise<Change> {
    const { change } = await this.#cache.write(async () => {
      const { change, front } = await this.#repository.removeItem(key)
      return { change, value: front }
    })
    this.#onChange(change)
    return change
  }
}

/** https://www.rfc-editor.org/rfc/rfc9211#section-2 */
function cacheStatus({ outcome, stored, detail }: Reading<unknown>): string {
  if (outcome === 'hit') return 'hit'
  return `fwd=${outcome}${stored ? '; stored' : ''}${detail ? `; detail=${detail}` : ''}`
}
