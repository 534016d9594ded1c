import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

/** Generous, because a busy machine may be slow. What takes this long has failed. */
const DEFAULT_DEADLINE_MS = 15_000

/** Taken before a test can fake the clock: the deadline holds then, too. */
const nowMs = performance.now.bind(performance)

/**
 * Waits until a condition holds. Fails with what never happened, and with the condition's last error as cause; at once if
 * an `expect` in the condition fails.
 */
export async function until(
  description: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = DEFAULT_DEADLINE_MS,
): Promise<void> {
  const startedAtMs = nowMs()
  // A condition may itself hang, on a stopped process for example: the deadline holds all the same.
  const expired = sleep(deadlineMs, false, { ref: false })
  let lastError: unknown
  while (nowMs() - startedAtMs < deadlineMs) {
    try {
      if (await Promise.race([condition(), expired])) return
    } catch (error) {
      if (isFailedExpectation(error)) throw error
      lastError = error // for example refused, while a server does not listen yet
    }
    await sleep(10)
  }
  throw new Error(`Within ${deadlineMs} ms it never happened that ${description}`, { cause: lastError })
}

/** Reads a value again and again until it is this one. Fails with the value that was read last. */
export async function untilEqual<T>(
  description: string,
  read: () => Promise<T>,
  expected: T,
  deadlineMs = DEFAULT_DEADLINE_MS,
): Promise<void> {
  let last: T | undefined
  const isEqual = async () => {
    last = await read()
    return isDeepStrictEqual(last, expected)
  }
  await until(description, isEqual, deadlineMs).catch((error: Error) => {
    throw new Error(`${error.message}; it was ${JSON.stringify(last)}`, { cause: error })
  })
}

/** Jest's errors come from another realm, so no class tells them. */
function isFailedExpectation(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'matcherResult' in error
}
