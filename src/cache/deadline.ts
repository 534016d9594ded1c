/** If a timer fires this late, our own process slept (SIGSTOP, a suspended machine) or was blocked. */
export const OVERSLEPT_MS = 100

/**
 * Waits for `work`, but at most for `deadlineMs`. Then it rejects with `onLate()`, and the work itself goes on.
 *
 * If the timer fires late, our own event loop was blocked. So it allows two more turns of the event loop, in which
 * answers that have arrived are read. After a long sleep two turns are not enough: the other side may have slept too,
 * or a new connection may be necessary. Then the work gets the whole time once more, and `onOverslept` is called.
 */
export async function withinDeadline<T>(
  deadlineMs: number,
  work: Promise<T>,
  onLate: () => Error,
  onOverslept: () => void = () => {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  const wait = (onDue: (lateMs: number) => void) => {
    const dueAtMs = performance.now() + deadlineMs
    // If no time is left it is negative, and then Node 24 and later print a warning.
    const waitMs = Math.max(0, deadlineMs)
    timer = setTimeout(() => {
      const lateMs = performance.now() - dueAtMs
      turn = setImmediate(() => {
        turn = setImmediate(() => onDue(lateMs))
      })
    }, waitMs)
  }
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(onLate())
    wait((lateMs) => {
      if (lateMs <= OVERSLEPT_MS) return giveUp()
      onOverslept()
      wait(giveUp) // only once, so that a process which sleeps again and again still gives up
    })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
