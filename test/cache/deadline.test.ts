import { jest } from '@jest/globals'
import { withinDeadline } from '../../src/cache/deadline.js'

const late = () => new Error('late')
const never = new Promise<never>(() => {})

function arrival<T>(delayMs: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, delayMs, value))
}

describe('on a clock that the test moves', () => {
  beforeEach(() => {
    jest.useFakeTimers()
    jest.advanceTimersByTime(10_000)
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  test('waits for work until its deadline', async () => {
    const inTime = withinDeadline(50, arrival(49, 'done'), late)
    const tooLate = withinDeadline(50, arrival(60, 'done'), late)
    const settled = Promise.allSettled([inTime, tooLate])
    await jest.advanceTimersByTimeAsync(100)
    expect(await settled).toEqual([
      { status: 'fulfilled', value: 'done' },
      { status: 'rejected', reason: late() },
    ])
  })

  test('a long deadline is no longer than it says', async () => {
    const tooLate = expect(withinDeadline(1_000, arrival(1_100, 'done'), late)).rejects.toThrow('late')
    await jest.advanceTimersByTimeAsync(3_000)
    await tooLate
  })

  test('a deadline that has passed gets a timer like any other, and Node prints no warning', async () => {
    const setTimer = jest.spyOn(globalThis, 'setTimeout')
    const tooLate = expect(withinDeadline(-20, never, late)).rejects.toThrow('late')
    await jest.advanceTimersByTimeAsync(10)
    await tooLate
    expect(setTimer.mock.calls.map(([, waitMs]) => waitMs)).toEqual([0])
    setTimer.mockRestore()
  })

  test('no timer is left behind by work that ends, well or not', async () => {
    await withinDeadline(50, Promise.resolve(), late)
    await expect(withinDeadline(50, Promise.reject(new Error('no')), late)).rejects.toThrow('no')
    expect(jest.getTimerCount()).toBe(0)
  })
})

test('an answer that arrived while this process was busy is not late', async () => {
  await arrival(0, undefined) // from here on this runs among the timers, of which the deadline will be the next
  const arrived = new Promise((resolve) => setImmediate(resolve, 'arrived'))
  const work = withinDeadline(1, arrived, late)
  const busyUntilMs = performance.now() + 20
  while (performance.now() < busyUntilMs);
  expect(await work).toBe('arrived')
})

/** As SIGSTOP does: timers that were due meanwhile fire late. */
function oversleep(sleepMs: number): void {
  const wakesAtMs = performance.now() + sleepMs
  while (performance.now() < wakesAtMs);
}

test('work that a long sleep interrupted gets its whole time once more', async () => {
  const work = withinDeadline(200, arrival(350, 'arrived'), late)
  oversleep(310)
  expect(await work).toBe('arrived')
})

test('a process that oversleeps again and again still gives up', async () => {
  const sleeping = setInterval(() => oversleep(150), 20)
  await expect(withinDeadline(50, never, late)).rejects.toThrow('late')
  clearInterval(sleeping)
})

test('work that never ends is given up', async () => {
  await expect(withinDeadline(1, never, late)).rejects.toThrow('late')
})
