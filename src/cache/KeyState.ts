import type { ResolvedOptions } from './CacheOptions.js'
import { Lease } from './Lease.js'
import { MinVersion } from './MinVersion.js'
import { checkStamp, type Versioned } from './Source.js'
import type { SourceState } from './SourceState.js'
import type { CheckedKey } from './VersionChecks.js'

/**
 * What an answer of the source means. `agrees`: it agrees with what is known. `overtaken`: the source has been replaced,
 * and the new one has answered meanwhile. `void`: what was known before is void.
 */
type Observation = 'agrees' | 'overtaken' | 'void'

interface Known<T> {
  readonly origin: string | undefined
  readonly minVersion: MinVersion
  readonly lease: Lease
  /** The newest value that this process has read, found in the cache or written. */
  newest: T | undefined
}

/** What this process knows of one key: its minimum version, its newest value, and the lease. */
export class KeyState<T extends Versioned> implements CheckedKey {
  readonly key: string
  readonly #source: SourceState
  readonly #options: ResolvedOptions<T>
  readonly #onVoid: (problem: string) => Promise<void>
  #known: Known<T>

  /** @param onVoid called with a description of a version that turned out to be void */
  constructor(
    key: string,
    source: SourceState,
    options: ResolvedOptions<T>,
    onVoid: (problem: string) => Promise<void>,
  ) {
    this.key = key
    this.#source = source
    this.#options = options
    this.#onVoid = onVoid
    this.#known = this.#nothing()
  }

  /** Starts anew when the source was replaced by another one. */
  get known(): Known<T> {
    if (this.#known.origin !== this.#source.origin) this.#known = this.#nothing()
    return this.#known
  }

  /** Whether a value is this source's, and no newer version is known. */
  admits({ origin, version }: Versioned): boolean {
    const { known } = this
    return origin === known.origin && known.minVersion.admits(version)
  }

  /** Notes a value that was found in the cache. From now on this process shows nothing older. */
  remember(value: T): void {
    const { known } = this
    if (value.origin !== known.origin) return
    known.minVersion.raise(value.version)
    if (!known.newest || known.newest.version < value.version) known.newest = value
  }

  /** Notes the source's answer to a query that was sent at this moment: a version, and perhaps its value. */
  async observe({ origin, version }: Versioned, sentAtMs: number, value?: T): Promise<Observation> {
    // An overtaken answer says nothing about the source as it is now, so it does not extend the lease.
    if (!this.#source.observeOrigin(origin, sentAtMs)) return 'overtaken'
    const { known } = this
    const problem = known.minVersion.observe(version, sentAtMs)
    known.lease.extend(sentAtMs)
    if (problem) known.newest = undefined
    if (value) this.remember(value)
    if (!problem) return 'agrees'
    await this.#onVoid(problem)
    return 'void'
  }

  /** Loads the value from the source. */
  async load(): Promise<T> {
    const load = () => this.#options.source.load(this.key)
    const learn = (value: T, sentAtMs: number) => this.observe(value, sentAtMs, value)
    return await this.#source.askOrTrip(() => this.#askAndLearn(load, learn))
  }

  /** Asks the source for something else that has the key's version too. */
  async ask<A extends Versioned>(question: () => Promise<A>): Promise<A> {
    const learn = (answer: A, sentAtMs: number) => this.observe(answer, sentAtMs)
    return await this.#askAndLearn(() => this.#source.ask(this, question), learn)
  }

  /** Asks again if the answer was overtaken: the source was replaced, and the new one has answered meanwhile. */
  async #askAndLearn<A extends Versioned>(
    question: () => Promise<A>,
    learn: (answer: A, sentAtMs: number) => Promise<Observation>,
  ): Promise<A> {
    for (;;) {
      const sentAtMs = performance.now()
      const answer = await question()
      checkStamp(this.key, answer)
      if ((await learn(answer, sentAtMs)) !== 'overtaken') return answer
    }
  }

  #nothing(): Known<T> {
    const lease = new Lease(this.#options.leaseMs)
    return { origin: this.#source.origin, minVersion: new MinVersion(), lease, newest: undefined }
  }
}
