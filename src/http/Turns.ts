/**
 * Lets one caller continue in each turn of the event loop, in the order of their calls.
 *
 * When many requests share one result, all of them could be answered at the same moment. Then a page load would wait
 * for hundreds of answers. With one answer in each turn it waits for one.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** Resolves when it is the caller's turn: at once if nobody else had this turn. */
  async next(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#take()
  }

  #take(): void {
    this.#taken = true
    setImmediate(() => {
      this.#taken = false
      const first = this.#waiting.shift()
      if (!first) return
      this.#take()
      first()
    })
  }
}
