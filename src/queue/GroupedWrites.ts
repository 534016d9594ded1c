import { withinDeadline } from '../cache/deadline.js'
import { tooLate, wasRefused } from '../db/errors.js'

interface GroupedWritesOptions<W, R> {
  /** Makes all of these changes, in this order, or none. Answers for each. */
  readonly send: (writes: readonly W[]) => Promise<readonly R[]>
  /** Nobody waits longer than this. */
  readonly deadlineMs: number
}

class Waiting<W, R> {
  readonly write: W
  readonly answer: Promise<R>
  resolve: (result: R) => void = () => {}
  reject: (error: unknown) => void = () => {}
  isOver = false

  constructor(write: W) {
    this.write = write
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}

/** Of so many the statement stays small, and the last one's answer is not late. */
const MOST_TOGETHER = 100

/**
 * Sends a write at once, and those that come meanwhile together behind it, in the order in which they came: they
 * would wait for one another in the database anyway, and so they share a round trip and a wait for the disk.
 */
export class GroupedWrites<W, R> {
  readonly #options: GroupedWritesOptions<W, R>
  #waiting: Waiting<W, R>[] = []
  #isSending = false

  constructor(options: GroupedWritesOptions<W, R>) {
    this.#options = options
  }

  async write(write: W): Promise<R> {
    const { deadlineMs } = this.#options
    const waiting = new Waiting<W, R>(write)
    this.#waiting.push(waiting)
    if (!this.#isSending) void this.#sendWhatWaits()
    try {
      return await withinDeadline(deadlineMs, waiting.answer, () => tooLate(deadlineMs))
    } finally {
      waiting.isOver = true // given up before it was sent, it must not be sent after its refusal was told
    }
  }

  async #sendWhatWaits(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MOST_TOGETHER).filter(({ isOver }) => !isOver)
      if (group.length > 0) await this.#sendGroup(group)
    }
    this.#isSending = false
  }

  async #sendGroup(group: readonly Waiting<W, R>[]): Promise<void> {
    try {
      const results = await this.#options.send(group.map(({ write }) => write))
      for (const [index, result] of results.entries()) group[index]?.resolve(result)
    } catch (error) {
      // Nothing has happened then, and only one of them may be to blame. After any other failure something may
      // have happened: it must not happen twice.
      if (group.length > 1 && wasRefused(error)) for (const one of group) await this.#sendGroup([one])
      else for (const { reject } of group) reject(error)
    }
  }
}
