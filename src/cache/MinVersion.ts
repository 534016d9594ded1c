interface Learned {
  readonly version: number
  readonly atMs: number
}

const NEVER: Learned = { version: 0, atMs: Number.NEGATIVE_INFINITY }

/**
 * The oldest version of a key that this process may show, which is the newest that it has learned (a high-water mark).
 * So the process never goes back, and never shows a version that a version check has found to be old.
 */
export class MinVersion {
  #version = 0
  /** The newest version that the source itself has answered. */
  #answered = NEVER
  /**
   * A newer version that was found in the cache, and when. A later answer of the source must confirm it. Until then the
   * first one found is kept. With the time of the last one, a vandal who writes often would never be detected.
   */
  #found: Learned | undefined

  /** Whether the newest version is known from the cache only, and the source has not confirmed it yet. */
  get isUnconfirmed(): boolean {
    return this.#found !== undefined
  }

  /** Whether this version may be shown. No version may before the source has answered. */
  admits(version: number): boolean {
    return this.#answered !== NEVER && version >= this.#version
  }

  /** A value of this version was found in the cache. */
  raise(version: number): void {
    if (version <= this.#version) return
    this.#version = version
    this.#found ??= { version, atMs: performance.now() }
  }

  /**
   * Notes the version that the source answered to a query that was sent at this moment. An older version changes
   * nothing if the query was sent before the newer one was learned. Otherwise the newer version is void: the source has
   * lost history (a restored backup, a failover), or never had what was found in the cache.
   * @returns a description of what is void
   */
  observe(version: number, sentAtMs: number): string | undefined {
    const problem = this.#whatIsVoid(version, sentAtMs)
    if (problem) this.#version = 0
    else if (version < this.#answered.version) return undefined
    this.#noteAnswer(version)
    return problem
  }

  #whatIsVoid(version: number, sentAtMs: number): string | undefined {
    const isVoid = (learned: Learned) => version < learned.version && sentAtMs > learned.atMs
    if (isVoid(this.#answered))
      return `the source went back from version ${this.#answered.version} to ${version}`
    if (this.#found && isVoid(this.#found))
      return `the cache held version ${this.#found.version}, but the source has ${version}; somebody else has written to the cache`
    return undefined
  }

  #noteAnswer(version: number): void {
    const atMs = performance.now()
    if (version !== this.#answered.version) this.#answered = { version, atMs }
    this.#version = Math.max(this.#version, version)
    if (version >= this.#version) this.#found = undefined
    // This confirms the first version found. Those found after it were newer, and a later answer must confirm them.
    else if (this.#found && version >= this.#found.version) this.#found = { version: this.#version, atMs }
  }
}
