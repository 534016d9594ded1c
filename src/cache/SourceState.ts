import { Breaker, type BreakerEvents } from './Breaker.js'
import type { KeyState } from './KeyState.js'
import { checkStamp, type Source, type Versioned } from './Source.js'
import { SourceOrigin } from './SourceOrigin.js'
import { VersionChecks } from './VersionChecks.js'

interface SourceStateOptions<T extends Versioned> {
  readonly source: Source<T>
  readonly leaseMs: number
  /** Hears when the source is lost and regained. */
  readonly events: BreakerEvents
}

/** The source, as one thing for all keys: which one it is, whether it answers, and its version checks. */
export class SourceState<T extends Versioned> {
  readonly origin = new SourceOrigin()
  readonly #source: Source<T>
  readonly #leaseMs: number
  readonly #checks: VersionChecks<KeyState<T>>
  readonly #breaker: Breaker
  /** What failed when the source was lost, and so must work again before it is regained. */
  #probe: () => Promise<unknown> = () => this.#checkVersions([])

  constructor({ source, leaseMs, events }: SourceStateOptions<T>) {
    this.#source = source
    this.#leaseMs = leaseMs
    this.#checks = new VersionChecks({
      leaseMs,
      ask: (keys) => this.#askOrTrip(() => this.#checkVersions(keys)),
    })
    this.#breaker = new Breaker({ ...events, probe: async () => void (await this.#probe()) })
  }

  get isDown(): boolean {
    return this.#breaker.isOpen
  }

  isUnavailable(error: unknown): boolean {
    return this.#source.isUnavailable(error)
  }

  /** Whether a read of this key that came in at this moment may trust the cache. Keeps its version checked from now on. */
  coversReadAt(key: KeyState<T>, momentMs: number): boolean {
    this.#checks.use(key)
    return !this.isDown && key.isCoveredAt(momentMs)
  }

  /** Makes that so, by a version check. Throws if the source doesn't answer. */
  async coverReadAt(key: KeyState<T>, momentMs: number): Promise<void> {
    await this.#checks.startedAfter(momentMs - this.#leaseMs, key)
  }

  /** Checks the version from now on. Throws if the source doesn't answer. */
  async checkVersion(key: KeyState<T>): Promise<void> {
    await this.#checks.startedAfter(performance.now(), key)
  }

  /** One more version check will follow, even if nobody reads this key. */
  checkSoon(key: KeyState<T>): void {
    this.#checks.use(key)
  }

  /** Loads the value. */
  async load(key: KeyState<T>): Promise<T> {
    return await this.#askOrTrip(() => this.#load(key))
  }

  /** Asks the source which one it is. */
  async identify(): Promise<void> {
    await this.#askOrTrip(() => this.#checkVersions([]))
  }

  /**
   * Asks the source something else about a key, but not while it is known to be down. What fails may be this question's
   * own fault, or there may be too many like it: whether the source is down is for a version check to find out.
   */
  async ask<R>(key: KeyState<T>, question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      if (this.isUnavailable(error)) this.checkVersion(key).catch(() => {}) // if that fails too, the breaker has been told
      throw error
    }
  }

  /** Throws what the source was last found unavailable with. */
  refuseWhileDown(): void {
    if (this.isDown) throw this.#breaker.reason
  }

  stop(): void {
    this.#checks.stop()
    this.#breaker.stop()
  }

  /** Asks what reads depend on: if that finds the source unavailable it is down until the same question works again. */
  async #askOrTrip<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      if (this.isUnavailable(error) && !this.isDown) {
        // To check the version alone would not do: if only that works (a right was revoked, say) the source would
        // be regained at once, lost by the next load, and so on.
        this.#probe = question
        this.#breaker.trip(error)
      }
      throw error
    }
  }

  async #load(key: KeyState<T>): Promise<T> {
    for (;;) {
      const sentAtMs = performance.now()
      const value = await this.#source.load(key.key)
      checkStamp(key.key, value.version, value.origin)
      if ((await key.learn(value, sentAtMs)) !== 'overtaken') return value
      // Another source has answered meanwhile, in the place of the one that was asked.
    }
  }

  /** @returns what is wrong with the answer for single keys */
  async #checkVersions(keys: readonly KeyState<T>[]): Promise<ReadonlyMap<KeyState<T>, unknown>> {
    const sentAtMs = performance.now()
    const { origin, versions } = await this.#source.versions(keys.map(({ key }) => key))
    this.origin.observe(origin, sentAtMs)
    const failures = new Map<KeyState<T>, unknown>()
    const observe = async (key: KeyState<T>) => {
      try {
        await key.observe(checkStamp(key.key, versions.get(key.key), origin), sentAtMs)
      } catch (error) {
        failures.set(key, error)
      }
    }
    await Promise.all(keys.map(observe))
    return failures
  }
}
