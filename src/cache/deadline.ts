/** A timer that fires this much late means that our own process slept (SIGSTOP, a suspended machine) or was blocked. */
export const OVERSLEPT_MS = 100

/**
 * Waits for `work` for `deadlineMs`, and rejects with `onLate()` after that; the work itself goes on.
 *
 * If the timer fires late, our own event loop was blocked; what has arrived meanwhile gets two turns of it to be read
 * before we give up. After a long sleep two turns are not enough (the other side may have slept too, or the connection
 * has to be made anew): the work gets its time once more.
 */
export async function withinDeadline<T>(
  deadlineMs: number,
  work: Promise<T>,
  onLate: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  const wait = (onDue: (lateMs: number) => void) => {
    const dueAtMs = performance.now() + deadlineMs
    timer = setTimeout(() => {
      const lateMs = performance.now() - dueAtMs
      turn = setImmediate(() => {
        turn = setImmediate(() => onDue(lateMs))
      })
    }, deadlineMs)
  }
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(onLate())
    // Only once more: a process that oversleeps again and again must still come to an end.
    wait((lateMs) => (lateMs > OVERSLEPT_MS ? wait(giveUp) : giveUp()))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
