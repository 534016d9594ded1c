import { jest } from '@jest/globals'
import fc from 'fast-check'
import { SharedRun } from '../../src/cache/SharedRun.js'

const RUN_MS = 10

interface Run {
  readonly beganAtMs: number
}

let runs: number
let running: number
let mostAtOnce: number
let shared: SharedRun<Run>

beforeEach(() => {
  jest.useFakeTimers()
  reset()
})

afterEach(() => {
  jest.useRealTimers()
})

function reset(): void {
  runs = running = mostAtOnce = 0
  shared = new SharedRun(async () => {
    const beganAtMs = performance.now()
    runs++
    mostAtOnce = Math.max(mostAtOnce, ++running)
    await new Promise((resolve) => setTimeout(resolve, RUN_MS))
    running--
    return { beganAtMs }
  })
}

test('a run serves nobody who came at the very moment when it began', async () => {
  const results = [shared.since(performance.now()), shared.since(performance.now())]
  await jest.advanceTimersByTimeAsync(2 * RUN_MS)
  await Promise.all(results)
  expect(runs).toBe(2)
})

test('however callers come, each gets a run that began after it came, and few runs serve all', async () => {
  const pausesMs = fc.array(fc.nat({ max: 15 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(pausesMs, async (pauses) => {
      reset()
      const beganAtMs = performance.now()
      const results: Promise<boolean>[] = []
      for (const pauseMs of pauses) {
        await jest.advanceTimersByTimeAsync(pauseMs)
        const cameAtMs = performance.now() - 0.5
        results.push(shared.since(cameAtMs).then((run) => run.beganAtMs > cameAtMs))
      }
      await jest.advanceTimersByTimeAsync(3 * RUN_MS)
      expect(await Promise.all(results)).toEqual(pauses.map(() => true))
      expect(mostAtOnce).toBeLessThanOrEqual(1)
      expect(runs).toBeLessThanOrEqual((performance.now() - beganAtMs) / RUN_MS + 1)
    }),
  )
})

describe('what is overdue', () => {
  test('is a run that began too early for a caller, until it ends', async () => {
    const run = shared.since(performance.now())
    const overdue = shared.overdue(performance.now())
    expect(overdue).toBeDefined()
    await jest.advanceTimersByTimeAsync(RUN_MS)
    await Promise.all([run, overdue])
    expect(shared.overdue(performance.now())).toBeUndefined()
  })

  test('is nothing where the run began after the caller came, or none is under way', async () => {
    const cameAtMs = performance.now()
    expect(shared.overdue(cameAtMs)).toBeUndefined()
    await jest.advanceTimersByTimeAsync(1)
    const run = shared.since(cameAtMs)
    expect(shared.overdue(cameAtMs)).toBeUndefined()
    await jest.advanceTimersByTimeAsync(RUN_MS)
    await run
  })

  test('ends well with a run that fails', async () => {
    const failing = new SharedRun(() => Promise.reject(new Error('no')))
    const run = expect(failing.since(performance.now())).rejects.toThrow('no')
    await failing.overdue(performance.now())
    await run
  })
})
