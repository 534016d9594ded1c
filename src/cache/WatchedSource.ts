import { Breaker, type BreakerEvents } from './Breaker.js'
import type { Versioned } from './CachedValue.js'
import { Floor, type Observation } from './Floor.js'
import { Lease } from './Lease.js'

/** Where the truth is. */
export interface Source<T extends Versioned> {
  /** The value as it is now and its version, read together. */
  load(): Promise<T>
  /** The version alone, and which source it counts in: a tiny query. */
  version(): Promise<Versioned>
  /** Whether an error says that the source can't be reached, rather than that something is wrong. */
  isUnavailable(error: unknown): boolean
}

export interface WatchedSourceOptions<T extends Versioned> {
  readonly source: Source<T>
  readonly leaseMs: number
  /** Hears when the source is lost and regained. */
  readonly events: BreakerEvents
  /** Hears when what was known is void: the source was restored from a backup, replaced, or never had what the cache told of. */
  readonly onHistoryLost: () => Promise<void>
}

/** The source, and all that this process has learned of it: how new it is, how lately it said so, whether it answers. */
export class WatchedSource<T extends Versioned> {
  readonly #source: Source<T>
  readonly #onHistoryLost: () => Promise<void>
  readonly #floor = new Floor()
  readonly #lease: Lease
  readonly #breaker: Breaker
  #newest: T | undefined
  /** What failed when the source was lost, and so must work again before it is regained. */
  #probe: () => Promise<unknown> = () => this.#look()

  constructor({ source, leaseMs, events, onHistoryLost }: WatchedSourceOptions<T>) {
    this.#source = source
    this.#onHistoryLost = onHistoryLost
    this.#lease = new Lease({ leaseMs, look: () => this.#askOrTrip(() => this.#look()) })
    this.#breaker = new Breaker({ ...events, probe: async () => void (await this.#probe()) })
  }

  /** Which source this is. Undefined until it has answered for the first time. */
  get origin(): string | undefined {
    return this.#floor.origin
  }

  /** The newest value that this process has read, found in the cache or written. */
  get newest(): T | undefined {
    return this.#newest
  }

  /** Whether the newest version known was only found in the cache, and the source has yet to confirm it. */
  get isUnconfirmed(): boolean {
    return this.#floor.isUnconfirmed
  }

  get isDown(): boolean {
    return this.#breaker.isOpen
  }

  isUnavailable(error: unknown): boolean {
    return this.#source.isUnavailable(error)
  }

  /** Whether a read that came in at this moment may trust the cache, above the floor. */
  coversReadAt(momentMs: number): boolean {
    return !this.isDown && this.#lease.isHeldAt(momentMs)
  }

  /** Makes that so, by a look at the version. Throws where the source doesn't answer. */
  async coverReadAt(momentMs: number): Promise<void> {
    await this.#lease.renewFor(momentMs)
  }

  /** Looks at the version from now on. Throws where the source doesn't answer. */
  async look(): Promise<void> {
    await this.#lease.renew()
  }

  /** Whether a value is this source's, and nothing newer is known. */
  admits(value: T): boolean {
    return this.#floor.admits(value)
  }

  /** Loads the value. @returns the newest known, should the load have been overtaken by another */
  async load(): Promise<T> {
    return await this.#askOrTrip(() => this.#load())
  }

  /** Takes note of a value that the source gave, or made, in answer to what was sent at this moment. */
  async learn(value: T, sentAtMs: number): Promise<Observation> {
    return await this.#take(value, sentAtMs, value)
  }

  /** Takes note of a version that the source answered to what was sent at this moment. */
  async observe(stamp: Versioned, sentAtMs: number): Promise<Observation> {
    return await this.#take(stamp, sentAtMs)
  }

  /** Takes note of a value that was found in the cache: from now on this process shows nothing older. */
  remember(value: T): void {
    this.#floor.raise(value)
    if (value.origin === this.origin && !(this.#newest && this.#newest.version >= value.version))
      this.#newest = value
  }

  /** The same, and one more look will follow, which must confirm it, even if nobody reads here. */
  rememberAndLook(value: T): void {
    this.remember(value)
    this.#lease.use()
  }

  /**
   * Asks the source something else, but not while it is known to be down. What fails may be this question's own fault,
   * or there may be too many like it: that the source is down is for a look at the version to find out.
   */
  async ask<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      if (this.isUnavailable(error)) this.look().catch(() => {}) // where that fails too, the breaker has been told
      throw error
    }
  }

  /** Throws what the source was last found unavailable with. */
  refuseWhileDown(): void {
    if (this.isDown) throw this.#breaker.reason
  }

  stop(): void {
    this.#lease.stop()
    this.#breaker.stop()
  }

  /** Asks what every read depends on: if that finds the source unavailable it is down until the same question works again. */
  async #askOrTrip<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      if (this.isUnavailable(error) && !this.isDown) {
        // To look at the version alone would not do: if only that works (a right was revoked, say) the source would
        // be regained at once, lost by the next load, and so on.
        this.#probe = question
        this.#breaker.trip(error)
      }
      throw error
    }
  }

  async #look(): Promise<void> {
    const sentAtMs = performance.now()
    await this.observe(await this.#source.version(), sentAtMs)
  }

  async #load(): Promise<T> {
    for (;;) {
      const sentAtMs = performance.now()
      const value = await this.#source.load()
      if ((await this.learn(value, sentAtMs)) !== 'overtaken') return this.#newest ?? value
      // Another source has answered meanwhile, in the place of the one that was asked.
    }
  }

  /** What was overtaken tells nothing of the source as it is now, and so doesn't count as a look either. */
  async #take(stamp: Versioned, sentAtMs: number, value?: T): Promise<Observation> {
    const observation = this.#floor.observe(stamp, sentAtMs)
    if (observation === 'overtaken') return observation
    this.#lease.extend(sentAtMs)
    if (observation === 'void') this.#newest = undefined
    if (value) this.remember(value)
    if (observation === 'void') await this.#onHistoryLost()
    return observation
  }
}
