/**
 * The oldest version that this process may still show: the newest it has heard of. So it never goes back on
 * itself, and never shows what a look at the source has found to be over.
 */
export class Floor {
  #version = 0
  #learnedAtMs = Number.NEGATIVE_INFINITY

  admits(version: number): boolean {
    return version >= this.#version
  }

  /** A value of this version was found in the cache. */
  raise(version: number): void {
    if (version <= this.#version) return
    this.#version = version
    this.#learnedAtMs = performance.now()
  }

  /**
   * The source answered this version to a question sent at this moment.
   * An older answer that was merely overtaken is ignored. But where the question was sent after we had learned
   * of the floor, the source has lost history (a restored backup, a failover): then the floor comes down.
   * @returns whether history was lost
   */
  observe(version: number, sentAtMs: number): boolean {
    const lost = version < this.#version && sentAtMs > this.#learnedAtMs
    if (lost) this.#version = 0
    this.raise(version)
    return lost
  }
}
