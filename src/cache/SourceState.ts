import { Breaker } from './Breaker.js'
import type { ResolvedOptions } from './CacheOptions.js'
import type { Source, Versioned, Versions } from './Source.js'
import { type CheckedKey, VersionChecks } from './VersionChecks.js'

/** What all keys share of the source: its origin, whether it answers, and its version checks. */
export class SourceState {
  readonly checks: VersionChecks
  readonly #source: Source<Versioned>
  readonly #breaker: Breaker
  #origin: string | undefined
  #originLearnedAtMs = Number.NEGATIVE_INFINITY

  constructor({ source, leaseMs, maxKeys, sourceEvents }: ResolvedOptions<Versioned>) {
    this.#source = source
    this.checks = new VersionChecks(leaseMs, maxKeys, {
      versions: (keys) => this.askOrTrip(() => this.#askVersions(keys)),
      isUnavailable: (error) => source.isUnavailable(error),
    })
    this.#breaker = new Breaker(sourceEvents)
  }

  /** The source's origin. Undefined until it has answered for the first time. */
  get origin(): string | undefined {
    return this.#origin
  }

  get isDown(): boolean {
    return this.#breaker.isOpen
  }

  /**
   * Notes the origin in an answer to a query that was sent at this moment. It changes if the source is replaced.
   * @returns false if the answer was overtaken: the source was replaced, and the new one has answered meanwhile
   */
  observeOrigin(origin: string, sentAtMs: number): boolean {
    if (origin === this.#origin) return true
    if (sentAtMs <= this.#originLearnedAtMs) return false
    this.#origin = origin
    this.#originLearnedAtMs = performance.now()
    return true
  }

  /** Runs a query that reads depend on. If the source is unavailable, it is down until the same query works again. */
  async askOrTrip<R>(question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      // Probed with the same query. A version check is not enough: if only that works (a right was revoked, for
      // example), the source would be regained at once, lost by the next load, and so on.
      if (this.#source.isUnavailable(error)) this.#breaker.trip(error, () => this.#probe(question))
      throw error
    }
  }

  /** If the query fails by an error of its own (its key is gone, for example), another one says whether the source works. */
  async #probe(question: () => Promise<unknown>): Promise<void> {
    try {
      await question()
    } catch (error) {
      if (this.#source.isUnavailable(error)) throw error
      await this.#askVersions([])
    }
  }

  /**
   * Runs another query about a key, but not while the source is known to be down. If it fails, the query itself may be
   * wrong, or there may be too many like it. So a version check finds out whether the source is down.
   */
  async ask<R>(key: CheckedKey, question: () => Promise<R>): Promise<R> {
    this.refuseWhileDown()
    try {
      return await question()
    } catch (error) {
      // If the version check fails too, it trips the breaker itself.
      if (this.#source.isUnavailable(error)) this.checks.startedAfter(performance.now(), key).catch(() => {})
      throw error
    }
  }

  /** The source's origin. Asks the source if it is not known yet. Undefined while the source can't be reached. */
  async identify(): Promise<string | undefined> {
    try {
      if (this.#origin === undefined) await this.askOrTrip(() => this.#askVersions([]))
    } catch (error) {
      if (!this.#source.isUnavailable(error)) throw error
    }
    return this.#origin
  }

  /** @throws the error with which the source was lost, if it is down */
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
