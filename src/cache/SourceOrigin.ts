/** Which source answers: it may be replaced under a running process. */
export class SourceOrigin {
  #current: string | undefined
  #learnedAtMs = Number.NEGATIVE_INFINITY

  /** Undefined until the source has answered for the first time. */
  get current(): string | undefined {
    return this.#current
  }

  /**
   * The source of this origin answered a question sent at this moment.
   * @returns false if the answer was overtaken: another source has answered meanwhile, in the place of the one asked
   */
  observe(origin: string, sentAtMs: number): boolean {
    if (origin === this.#current) return true
    if (sentAtMs <= this.#learnedAtMs) return false
    this.#current = origin
    this.#learnedAtMs = performance.now()
    return true
  }
}
