import { Breaker } from './Breaker.js'
import type { ResolvedOptions } from './CacheOptions.js'
import type { Source, Versioned, Versions } from './Source.js'
import { type CheckedKey, VersionChecks } from './VersionChecks.js'

/** The source, as one thing for all keys: which one it is, whether it answers, and its version checks. */
export class SourceState {
  readonly checks: VersionChecks
  readonly #source: Source<Versioned>
  readonly #breaker: Breaker
  #origin: string | undefined
  #originLearnedAtMs = Number.NEGATIVE_INFINITY

  constructor({ source, leaseMs, sourceEvents }: ResolvedOptions<Versioned>) {
    this.#source = source
    this.checks = new VersionChecks(leaseMs, (keys) => this.askOrTrip(() => this.#askVersions(keys)))
    this.#breaker = new Breaker(sourceEvents)
  }

  /** Which source answers. Undefined until it has answered for the first time. */
  get origin(): string | undefined {
    return this.#origin
  }

  get isDown(): boolean {
    return this.#breaker.isOpen
  }

  isUnavailable(error: unknown): boolean {
    return this.#source.isUnavailable(error)
  }

  /**
   * A source of this origin answered what was sent at this moment: it may be replaced under a running process.
   * @returns false if the answer was overtaken: another source has answered meanwhile, in the place of the one asked
   */
  observeOrigin(origin: string, sentAtMs: number): boolean {
    if (origin === this.#origin) return true
    if (sentAtMs <= this.#originLearnedAtMs) return false
    this.#origin = origin
    this.#originLearnedAtMs = performance.now()
    return true
  }

  /** Asks what reads depend on: if that finds the source unavailable it is down until the same question works again. */
  async askOrTrip<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      // To probe with a version check would not do: if only that works (a right was revoked, say) the source would be
      // regained at once, lost by the next load, and so on.
      if (this.isUnavailable(error)) this.#breaker.trip(error, question)
      throw error
    }
  }

  /**
   * Asks something else about a key, but not while the source is known to be down. What fails may be this question's
   * own fault, or there may be too many like it: whether the source is down is for a version check to find out.
   */
  async ask<R>(key: CheckedKey, question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      // If that fails too, the breaker has been told.
      if (this.isUnavailable(error)) this.checks.startedAfter(performance.now(), key).catch(() => {})
      throw error
    }
  }

  /** Which source this is; it is asked if it has not said so yet. Undefined while it can't be reached. */
  async identify(): Promise<string | undefined> {
    try {
      if (this.#origin === undefined) await this.askOrTrip(() => this.#askVersions([]))
    } catch (error) {
      if (!this.isUnavailable(error)) throw error
    }
    return this.#origin
  }

  /** Throws what the source was last found unavailable with. */
  refuseWhileDown(): void {
    if (this.isDown) throw this.#breaker.reason
  }

  stop(): void {
    this.checks.stop()
    this.#breaker.stop()
  }

  async #askVersions(keys: readonly string[]): Promise<Versions> {
    const sentAtMs = performance.now()
    const answer = await this.#source.versions(keys)
    this.observeOrigin(answer.origin, sentAtMs)
    return answer
  }
}
