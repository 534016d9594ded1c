import type { Versioned } from './CachedValue.js'

/**
 * What an answer of the source means: it goes on from what is known (`known`); it was overtaken by the answer of the
 * source that has taken its place (`overtaken`); or what was known before is void (`void`): the source has lost history
 * (a restored backup, a failover), is another one now, or never had what was found in the cache.
 */
export type Observation = 'known' | 'overtaken' | 'void'

interface Learned {
  readonly version: number
  readonly atMs: number
}

/**
 * The source that this process knows, and the oldest version of it that it may still show: the newest it has heard of.
 * So it never goes back on itself, and never shows what a look at the source has found to be over.
 */
export class Floor {
  #origin: string | undefined
  #originLearnedAtMs = Number.NEGATIVE_INFINITY
  #version = 0
  /** The newest version that the source itself has answered. */
  #answered: Learned = { version: 0, atMs: Number.NEGATIVE_INFINITY }
  /**
   * A newer one that was found in the cache, and when: what the source is asked later must confirm it. The first one
   * found is kept until then: with the time of the last one, a vandal who writes often would never be found out.
   */
  #found: Learned | undefined

  /** Undefined until the source has answered for the first time. */
  get origin(): string | undefined {
    return this.#origin
  }

  /** Whether the cache alone has told of the floor: the source has yet to confirm it. */
  get isUnconfirmed(): boolean {
    return this.#found !== undefined
  }

  admits({ origin, version }: Versioned): boolean {
    return origin === this.#origin && version >= this.#version
  }

  /** A value of this version was found in the cache. Another source's is nothing to us. */
  raise({ origin, version }: Versioned): void {
    if (origin !== this.#origin || version <= this.#version) return
    this.#version = version
    this.#found ??= { version, atMs: performance.now() }
  }

  /**
   * The source answered this to a question sent at this moment. An older answer that was merely overtaken changes
   * nothing. But if the question was sent after we had learned of something newer, or of another origin, then that is void.
   */
  observe({ origin, version }: Versioned, sentAtMs: number): Observation {
    if (origin !== this.#origin) return this.#observeAnother({ origin, version }, sentAtMs)
    const isVoid = [this.#answered, this.#found].some(
      (learned) => learned && version < learned.version && sentAtMs > learned.atMs,
    )
    if (isVoid) this.#version = 0
    else if (version < this.#answered.version) return 'known'
    this.#answer(version)
    return isVoid ? 'void' : 'known'
  }

  #observeAnother({ origin, version }: Versioned, sentAtMs: number): Observation {
    if (sentAtMs <= this.#originLearnedAtMs) return 'overtaken'
    const isFirst = this.#origin === undefined
    this.#origin = origin
    this.#originLearnedAtMs = performance.now()
    this.#version = 0
    this.#answer(version)
    return isFirst ? 'known' : 'void'
  }

  #answer(version: number): void {
    const atMs = performance.now()
    this.#answered = version === this.#answered.version ? this.#answered : { version, atMs }
    this.#version = Math.max(this.#version, version)
    if (version >= this.#version) this.#found = undefined
    // The first one found was the source's. Those found after it were still newer, and are for a later answer to confirm.
    else if (this.#found && version >= this.#found.version) this.#found = { version: this.#version, atMs }
  }
}
