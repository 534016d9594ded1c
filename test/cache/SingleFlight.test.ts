import { jest } from '@jest/globals'
import fc from 'fast-check'
import { batchPerTick, SingleFlight } from '../../src/cache/SingleFlight.js'
import { gate } from '../support/gates.js'

const RUN_MS = 10

interface Run {
  readonly startedAtMs: number
}

let runs: number
let running: number
let mostAtOnce: number
let flight: SingleFlight<Run>

beforeEach(() => {
  jest.useFakeTimers()
  reset()
})

afterEach(() => {
  jest.useRealTimers()
})

function reset(): void {
  runs = running = mostAtOnce = 0
  flight = new SingleFlight(async () => {
    const startedAtMs = performance.now()
    runs++
    mostAtOnce = Math.max(mostAtOnce, ++running)
    await new Promise((resolve) => setTimeout(resolve, RUN_MS))
    running--
    return { startedAtMs }
  })
}

test('a run does not serve a caller who came at the moment when it started', async () => {
  const results = [flight.startedAfter(performance.now()), flight.startedAfter(performance.now())]
  await jest.advanceTimersByTimeAsync(2 * RUN_MS)
  await Promise.all(results)
  expect(runs).toBe(2)
})

test('each caller gets a run that started after it came, and few runs serve all of them', async () => {
  const pausesMs = fc.array(fc.nat({ max: 15 }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(pausesMs, async (pauses) => {
      reset()
      const beganAtMs = performance.now()
      const results: Promise<boolean>[] = []
      for (const pauseMs of pauses) {
        await jest.advanceTimersByTimeAsync(pauseMs)
        const cameAtMs = performance.now() - 0.5
        results.push(flight.startedAfter(cameAtMs).then((run) => run.startedAtMs > cameAtMs))
      }
      await jest.advanceTimersByTimeAsync(3 * RUN_MS)
      expect(await Promise.all(results)).toEqual(pauses.map(() => true))
      expect(mostAtOnce).toBeLessThanOrEqual(1)
      expect(runs).toBeLessThanOrEqual((performance.now() - beganAtMs) / RUN_MS + 1)
    }),
  )
})

test('a run that started after a caller came serves that caller too', async () => {
  const cameAtMs = performance.now()
  await jest.advanceTimersByTimeAsync(1)
  const results = [flight.startedAfter(performance.now()), flight.startedAfter(cameAtMs)]
  await jest.advanceTimersByTimeAsync(2 * RUN_MS)
  await Promise.all(results)
  expect(runs).toBe(1)
})

test('a run that fails fails only its own callers', async () => {
  const failing = gate()
  let fails = true
  const flights = new SingleFlight(async () => {
    if (!fails) return 'yes'
    await failing.wait()
    throw new Error('no')
  })
  const first = expect(flights.startedAfter(performance.now())).rejects.toThrow('no')
  const late = flights.startedAfter(performance.now() + 1)
  fails = false
  failing.open()
  await first
  expect(await late).toBe('yes')
})

describe('the end of an earlier run', () => {
  test('is that of a run that started too early for a caller', async () => {
    const run = flight.startedAfter(performance.now())
    const end = flight.endOfEarlier(performance.now())
    expect(end).toBeDefined()
    await jest.advanceTimersByTimeAsync(RUN_MS)
    await Promise.all([run, end])
    expect(flight.endOfEarlier(performance.now())).toBeUndefined()
  })

  test('does not exist if the run started after the caller came, or if none is under way', async () => {
    const cameAtMs = performance.now()
    expect(flight.endOfEarlier(cameAtMs)).toBeUndefined()
    await jest.advanceTimersByTimeAsync(1)
    const run = flight.startedAfter(cameAtMs)
    expect(flight.endOfEarlier(cameAtMs)).toBeUndefined()
    await jest.advanceTimersByTimeAsync(RUN_MS)
    await run
  })

  test('also comes with a run that fails', async () => {
    const failing = new SingleFlight(() => Promise.reject(new Error('no')))
    const run = expect(failing.startedAfter(performance.now())).rejects.toThrow('no')
    await failing.endOfEarlier(performance.now())
    await run
  })
})

test('a batch per tick starts after all calls of that tick', async () => {
  jest.useRealTimers()
  let started = 0
  const batch = batchPerTick(async () => ++started)
  const together = [batch(), batch()]
  expect(started).toBe(0)
  expect(await Promise.all(together)).toEqual([1, 1])
  expect(await batch()).toBe(2)
})
