/**
 * Rejects with `onLate()` where `work` has not settled after `deadlineMs`; the work itself goes on.
 *
 * A timer that fires late says that this process was busy or stopped, not that the other side was slow: what
 * has arrived meanwhile is read in the event loop's next turn, so it gets that turn before we give up.
 */
export async function withinDeadline<T>(
  deadlineMs: number,
  work: Promise<T>,
  onLate: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      turn = setImmediate(() => {
        turn = setImmediate(() => reject(onLate()))
      })
    }, deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}

/** A stretch of time that several pieces of work share. */
export class Patience {
  #leftMs: number

  constructor(totalMs: number) {
    this.#leftMs = totalMs
  }

  /** Waits for the work as long as there is time left. Rejects with `onLate()` after that; the work itself goes on. */
  async spendOn<T>(work: Promise<T>, onLate: () => Error): Promise<T> {
    const beganAtMs = performance.now()
    try {
      return await withinDeadline(this.#leftMs, work, onLate)
    } finally {
      this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - beganAtMs))
    }
  }
}
