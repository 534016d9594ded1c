import { jest } from '@jest/globals'
import { Lease } from '../../src/cache/Lease.js'

const LEASE_MS = 200

let looks: number
let answerTakesMs: number
let isAway: boolean
let lease: Lease

beforeEach(() => {
  jest.useFakeTimers()
  looks = 0
  answerTakesMs = 1
  isAway = false
  lease = startLease(LEASE_MS)
})

afterEach(() => {
  lease.stop()
  jest.useRealTimers()
})

function startLease(leaseMs: number): Lease {
  const started: Lease = new Lease({
    leaseMs,
    async look() {
      const sentAtMs = performance.now()
      looks++
      await new Promise((resolve) => setTimeout(resolve, answerTakesMs))
      if (isAway) throw new Error('away')
      started.extend(sentAtMs)
    },
  })
  return started
}

/** What a read does: nothing where the lease is held, else it waits for a look. */
async function read(): Promise<'at once' | 'after a look'> {
  const arrivedAtMs = performance.now()
  if (lease.isHeldAt(arrivedAtMs)) return 'at once'
  const renewal = lease.renewFor(arrivedAtMs)
  await jest.advanceTimersByTimeAsync(answerTakesMs)
  await renewal
  return 'after a look'
}

test('the first read needs a look, and the look covers the reads of one lease', async () => {
  expect(await read()).toBe('after a look')
  await jest.advanceTimersByTimeAsync(LEASE_MS - 2)
  expect(lease.isHeldAt(performance.now())).toBe(true)
})

test('it is counted from when the look was sent, not from its answer', async () => {
  answerTakesMs = LEASE_MS - 10
  const sentAtMs = performance.now()
  await read()
  expect(lease.isHeldAt(sentAtMs + LEASE_MS - 1)).toBe(true)
  expect(lease.isHeldAt(sentAtMs + LEASE_MS)).toBe(false)
})

test('an answer that was overtaken by a later one does not shorten it', () => {
  lease.extend(500)
  lease.extend(400)
  expect(lease.isHeldAt(500 + LEASE_MS - 1)).toBe(true)
})

test('in use it is renewed in the background: no read waits, and a second sees at most 15 looks', async () => {
  await read()
  looks = 0
  for (let passedMs = 0; passedMs < 10_000; passedMs += 5) {
    await jest.advanceTimersByTimeAsync(5)
    expect(await read()).toBe('at once')
  }
  expect(looks).toBeLessThanOrEqual(150)
})

test('out of use it asks once more at most, and then nothing until the next read', async () => {
  await read()
  looks = 0
  await jest.advanceTimersByTimeAsync(60_000)
  expect(looks).toBeLessThanOrEqual(1)
  looks = 0
  expect(await read()).toBe('after a look')
  expect(looks).toBe(1)
})

test('an answer to something else extends it too, but keeps nobody asking who does not read', async () => {
  lease.extend(performance.now())
  expect(lease.isHeldAt(performance.now())).toBe(true)
  const unread = startLease(LEASE_MS)
  unread.extend(performance.now())
  looks = 0
  lease.stop()
  await jest.advanceTimersByTimeAsync(60_000)
  expect(looks).toBe(0)
})

test('a read waits for a look that was sent less than a lease before it, and for no older one', async () => {
  answerTakesMs = 1000
  const renewals = [lease.renewFor(performance.now())]
  await jest.advanceTimersByTimeAsync(LEASE_MS - 1)
  renewals.push(lease.renewFor(performance.now()))
  expect(looks).toBe(1)
  await jest.advanceTimersByTimeAsync(1)
  renewals.push(lease.renewFor(performance.now()))
  await jest.advanceTimersByTimeAsync(2 * answerTakesMs)
  await Promise.all(renewals)
  expect(looks).toBe(2)
})

test('a renewal that fails in the background is nobody’s failure; the next read asks again', async () => {
  await read()
  isAway = true
  await jest.advanceTimersByTimeAsync(60_000)
  isAway = false
  expect(await read()).toBe('after a look')
})

test('a failed look fails the read that waits for it', async () => {
  isAway = true
  const renewal = expect(lease.renewFor(performance.now())).rejects.toThrow('away')
  await jest.advanceTimersByTimeAsync(answerTakesMs)
  await renewal
})

test('of no length, it gives each read a look of its own, and asks nothing in the background', async () => {
  lease = startLease(0)
  for (let i = 1; i <= 5; i++) {
    expect(await read()).toBe('after a look')
    expect(looks).toBe(i)
  }
  await jest.advanceTimersByTimeAsync(60_000)
  expect(looks).toBe(5)
})

test('without end, it needs no look after the first', async () => {
  lease = startLease(Number.POSITIVE_INFINITY)
  await read()
  await jest.advanceTimersByTimeAsync(1_000_000)
  expect(await read()).toBe('at once')
  expect(looks).toBe(1)
})

test('stopped, it asks nothing more, not even where a look is under way', async () => {
  await read()
  const renewal = lease.renewFor(performance.now())
  await read()
  looks = 0
  lease.stop()
  await jest.advanceTimersByTimeAsync(60_000)
  await renewal
  expect(looks).toBe(0)
})

test('after the machine was suspended, which stops the monotonic clock, a read needs a look', async () => {
  expect(await read()).toBe('after a look')
  expect(lease.isHeldAt(performance.now())).toBe(true)
  jest.setSystemTime(Date.now() + LEASE_MS)
  expect(lease.isHeldAt(performance.now())).toBe(false)
  expect(await read()).toBe('after a look')
})
