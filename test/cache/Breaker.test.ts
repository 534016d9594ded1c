import { jest } from '@jest/globals'
import { Breaker } from '../../src/cache/Breaker.js'
import { type Gate, gate } from '../support/gates.js'

let works: boolean
let probedAtMs: number[]
let said: string[]
let breaker: Breaker
/** Each probe waits here. */
let probe: Gate

beforeEach(() => {
  jest.useFakeTimers({ now: 0 })
  works = false
  probedAtMs = []
  said = []
  probe = gate()
  probe.open()
  jest.advanceTimersByTime(10_000)
  breaker = new Breaker({
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

async function tryIt(): Promise<void> {
  probedAtMs.push(Math.round(performance.now() - beganAtMs))
  await probe.wait()
  if (!works) throw new Error('still away')
}

test('it probes at once, then less and less often, but at least twice a second', async () => {
  breaker.trip(new Error('away'), tryIt)
  await jest.advanceTimersByTimeAsync(2000)
  expect(probedAtMs).toEqual([0, 100, 300, 700, 1200, 1700])
})

test('it says how long it was open, and probes no more once it is closed', async () => {
  breaker.trip(new Error('away'), tryIt)
  await jest.advanceTimersByTimeAsync(150)
  works = true
  await jest.advanceTimersByTimeAsync(60_000)
  expect(breaker.isOpen).toBe(false)
  expect(said).toEqual(['lost: away', 'regained after 300 ms'])
  expect(probedAtMs).toEqual([0, 100, 300])
})

test('each time it opens, it starts from the beginning, with the new reason', async () => {
  breaker.trip(new Error('first'), tryIt)
  await jest.advanceTimersByTimeAsync(1000)
  works = true
  await jest.advanceTimersByTimeAsync(1000)
  works = false
  probedAtMs = []
  beganAtMs = performance.now()
  breaker.trip(new Error('second'), tryIt)
  await jest.advanceTimersByTimeAsync(500)
  expect(breaker.reason).toEqual(new Error('second'))
  expect(probedAtMs).toEqual([0, 100, 300])
})

test('a second trip while it is open changes nothing', async () => {
  breaker.trip(new Error('away'), tryIt)
  expect(breaker.isOpen).toBe(true)
  breaker.trip(new Error('still away'), tryIt)
  await jest.advanceTimersByTimeAsync(150)
  expect(said).toEqual(['lost: away'])
  expect(probedAtMs).toEqual([0, 100])
})

test('after a stop it probes no more', async () => {
  breaker.trip(new Error('away'), tryIt)
  await jest.advanceTimersByTimeAsync(150)
  breaker.stop()
  await jest.advanceTimersByTimeAsync(60_000)
  expect(probedAtMs).toEqual([0, 100])
})

test.each([true, false])(
  'after a stop during a probe it does not probe again and reports nothing (the probe works: %s)',
  async (worksByThen) => {
    probe = gate()
    breaker.trip(new Error('away'), tryIt)
    await jest.advanceTimersByTimeAsync(0)
    works = worksByThen
    breaker.stop()
    probe.open()
    await jest.advanceTimersByTimeAsync(60_000)
    expect(probedAtMs).toEqual([0])
    expect(said).toEqual(['lost: away'])
  },
)

test('after a stop it opens no more', async () => {
  breaker.stop()
  breaker.trip(new Error('away'), tryIt)
  await jest.advanceTimersByTimeAsync(60_000)
  expect(breaker.isOpen).toBe(false)
  expect(said).toEqual([])
  expect(probedAtMs).toEqual([])
})

test('it closes again even if the listener throws when it opens', async () => {
  works = true
  const onLost = () => {
    throw new TypeError('a bug')
  }
  breaker = new Breaker({ onLost, onRegained: () => said.push('regained') })
  expect(() => breaker.trip(new Error('gone'), tryIt)).toThrow('a bug')
  await jest.advanceTimersByTimeAsync(0)
  expect(said).toEqual(['regained'])
})

test('without listeners its opening is a warning', () => {
  const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
  breaker = new Breaker(undefined, '127.0.0.1:11211')
  breaker.trip(new Error('gone'), tryIt)
  expect(warning.mock.calls).toEqual([['127.0.0.1:11211 is lost: Error: gone']])
  warning.mockRestore()
})
