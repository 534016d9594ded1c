import { Breaker, type BreakerEvents } from './Breaker.js'
import type { Versioned } from './CachedValue.js'
import { Floor } from './Floor.js'
import { Lease } from './Lease.js'

/** Where the truth is. */
export interface Source<T extends Versioned> {
  /** The value as it is now and its version, read together. */
  load(): Promise<T>
  /** The version alone: a tiny query. */
  version(): Promise<number>
  /** Whether an error says that the source can't be reached, rather than that something is wrong. */
  isUnavailable(error: unknown): boolean
}

export interface WatchedSourceOptions<T extends Versioned> {
  readonly source: Source<T>
  readonly leaseMs: number
  /** Hears when the source is lost and regained. */
  readonly events: BreakerEvents
  /** Hears when the source answers an older version than before: it was restored from a backup, or failed over. */
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

  constructor({ source, leaseMs, events, onHistoryLost }: WatchedSourceOptions<T>) {
    this.#source = source
    this.#onHistoryLost = onHistoryLost
    this.#lease = new Lease({ leaseMs, look: () => this.ask(() => this.#look()) })
    this.#breaker = new Breaker({ ...events, probe: () => this.#look() })
  }

  /** The newest value that this process has read, found in the cache or written. */
  get newest(): T | undefined {
    return this.#newest
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

  /** Whether nothing newer than this version is known. */
  admits(version: number): boolean {
    return this.#floor.admits(version)
  }

  /** Loads the value. @returns the newest known, should the load have been overtaken by another */
  async load(): Promise<T> {
    const sentAtMs = performance.now()
    const value = await this.ask(() => this.#source.load())
    await this.learn(value, sentAtMs)
    return this.#newest ?? value
  }

  /** Takes note of a value that the source gave, or made, in answer to what was sent at this moment. */
  async learn(value: T, sentAtMs: number): Promise<void> {
    await this.observe(value.version, sentAtMs)
    this.remember(value)
  }

  /** Takes note of a version that the source answered to what was sent at this moment. */
  async observe(version: number, sentAtMs: number): Promise<void> {
    const historyWasLost = this.#floor.observe(version, sentAtMs)
    this.#lease.extend(sentAtMs)
    if (!historyWasLost) return
    this.#newest = undefined
    await this.#onHistoryLost()
  }

  /** Takes note of a value that was found in the cache: from now on this process shows nothing older. */
  remember(value: T): void {
    this.#floor.raise(value.version)
    if (!this.#newest || this.#newest.version < value.version) this.#newest = value
  }

  /** Asks the source something, but not while it is known to be down. A read that finds it unavailable makes it so. */
  async ask<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      if (this.#source.isUnavailable(error)) this.#breaker.trip(error)
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

  async #look(): Promise<void> {
    const sentAtMs = performance.now()
    await this.observe(await this.#source.version(), sentAtMs)
  }
}
