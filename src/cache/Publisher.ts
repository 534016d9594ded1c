import type { CacheEntry, PublishResult } from './CacheEntry.js'
import { tooSlow, unlessUnavailable } from './CacheStore.js'
import { withinDeadline } from './deadline.js'
import type { KeyState } from './KeyState.js'
import type { Versioned } from './Source.js'

/** A publish that takes longer is not waited for; the readers' leases are waited out instead. */
export const PUBLISH_DEADLINE_MS = 100

interface PublisherOptions<T extends Versioned> {
  readonly state: KeyState<T>
  readonly entry: CacheEntry<T>
  /** Loads the value from now on, and stores it. @returns what became of that in the cache */
  readonly reload: () => Promise<PublishResult | 'absent' | 'unavailable'>
}

/** Puts into the cache what writes have made of one key. */
export class Publisher<T extends Versioned> {
  readonly #options: PublisherOptions<T>
  /** Writes that were made together have one value between them, and to publish it once does for all. */
  #latest: { readonly value: T; readonly confirmed: Promise<boolean> } | undefined

  constructor(options: PublisherOptions<T>) {
    this.#options = options
  }

  /**
   * @param sentAtMs when the write was sent to the source
   * @returns whether the cache has this value or a newer one, or can't show an older one any more
   */
  publish(value: T, sentAtMs: number): Promise<boolean> {
    if (this.#latest?.value !== value)
      this.#latest = { value, confirmed: this.#publishAndLearn(value, sentAtMs) }
    return this.#latest.confirmed
  }

  /**
   * Published first, and learned then: until it is in the cache nobody has been answered, so this process may show
   * what is there as the others do. The other way round each write would make misses of its own process's reads.
   */
  async #publishAndLearn(value: T, sentAtMs: number): Promise<boolean> {
    const isConfirmed = await this.#publishInTime(value)
    const observation = await this.#options.state.learn(value, sentAtMs)
    // What seemed to be newer there is nothing that the source has, and gone by now.
    return observation === 'void' ? await this.#publishInTime(value) : isConfirmed
  }

  async #publishInTime(value: T): Promise<boolean> {
    const work = withinDeadline(PUBLISH_DEADLINE_MS, this.#replaceOrReload(value), tooSlow)
    const result = await unlessUnavailable(work)
    return result === 'stored' || result === 'cleared'
  }

  async #replaceOrReload(value: T): Promise<PublishResult | 'absent' | 'unavailable'> {
    const result = await this.#options.entry.replaceIfOlder(value)
    if (result !== 'absent') return result
    try {
      return await this.#options.reload()
    } catch {
      // The change is made, whether or not the source can still be read. The next read meets the same, and tells.
      return 'unavailable'
    }
  }
}
