import { jest } from '@jest/globals'
import { Breaker } from '../../src/cache/Breaker.js'

let works: boolean
let probedAtMs: number[]
let said: string[]
let breaker: Breaker

beforeEach(() => {
  jest.useFakeTimers({ now: 0 })
  works = false
  probedAtMs = []
  said = []
  breaker = new Breaker({
    async probe() {
      probedAtMs.push(Math.round(performance.now() - beganAtMs))
      if (!works) throw new Error('still away')
    },
    onLost: (error) => said.push(`lost: ${(error as Error).message}`),
    onRegained: (awayMs) => said.push(`regained after ${awayMs} ms`),
  })
  beganAtMs = performance.now()
})

afterEach(() => {
  breaker.stop()
  jest.useRealTimers()
})

let beganAtMs: number

test('it probes at once, then less and less often, twice a second at least', async () => {
  breaker.trip(new Error('away'))
  await jest.advanceTimersByTimeAsync(2000)
  expect(probedAtMs).toEqual([0, 100, 300, 700, 1200, 1700])
})

test('it says how long it was open, and probes no more once it is closed', async () => {
  breaker.trip(new Error('away'))
  await jest.advanceTimersByTimeAsync(150)
  works = true
  await jest.advanceTimersByTimeAsync(60_000)
  expect(breaker.isOpen).toBe(false)
  expect(said).toEqual(['lost: away', 'regained after 300 ms'])
  expect(probedAtMs).toEqual([0, 100, 300])
})

test('each time it opens it begins anew, with another reason', async () => {
  breaker.trip(new Error('first'))
  await jest.advanceTimersByTimeAsync(1000)
  works = true
  await jest.advanceTimersByTimeAsync(1000)
  works = false
  probedAtMs = []
  beganAtMs = performance.now()
  breaker.trip(new Error('second'))
  await jest.advanceTimersByTimeAsync(500)
  expect(breaker.reason).toEqual(new Error('second'))
  expect(probedAtMs).toEqual([0, 100, 300])
})

test('stopped while a probe is under way, it neither probes again nor says anything', async () => {
  breaker.trip(new Error('away'))
  await jest.advanceTimersByTimeAsync(150)
  works = true
  breaker.stop()
  await jest.advanceTimersByTimeAsync(60_000)
  expect(probedAtMs).toEqual([0, 100])
  expect(said).toEqual(['lost: away'])
})

test('stopped, it opens no more', async () => {
  breaker.stop()
  breaker.trip(new Error('away'))
  await jest.advanceTimersByTimeAsync(60_000)
  expect(breaker.isOpen).toBe(false)
  expect(said).toEqual([])
  expect(probedAtMs).toEqual([])
})
