/**
 * Lets one caller pass in each turn of the event loop, in the order in which they came.
 *
 * What was shared by many is there for all of them at the same moment; to answer hundreds in one go would keep a page
 * load waiting until the last of them is done. One in each turn, it waits for one.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** Resolves when it is the caller's turn: at once if nobody else passed in this one. */
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
