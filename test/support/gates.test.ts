import { gate, pauseAfter, pauseBefore } from './gates.js'
import { until, untilEqual } from './poll.js'

class Counter {
  value = 0
  async add(amount: number): Promise<number> {
    this.value += amount
    return this.value
  }
}

it('stops the next call before it runs, and no other', async () => {
  const counter = new Counter()
  const pause = pauseBefore(counter, 'add')
  const paused = counter.add(1)
  await pause.reached
  expect(counter.value).toBe(0)
  expect(await counter.add(10)).toBe(10)
  pause.resume()
  expect(await paused).toBe(11)
  expect(Object.keys(counter)).toEqual(['value'])
})

it('stops the next call after it ran, before its caller gets the result', async () => {
  const counter = new Counter()
  const pause = pauseAfter(counter, 'add')
  const paused = counter.add(1)
  await pause.reached
  expect(counter.value).toBe(1)
  await counter.add(10)
  pause.resume()
  expect(await paused).toBe(1)
})

it('gives the method back when the call was never made', async () => {
  const counter = new Counter()
  pauseBefore(counter, 'add').resume()
  expect(await counter.add(1)).toBe(1)
})

it('lets all pass through a gate once it is open', async () => {
  const closed = gate()
  const passed = Promise.all([closed.wait(), closed.wait()])
  await closed.reached
  closed.open()
  await passed
})

it('says what never happened', async () => {
  const never = until('pigs fly', () => false, 20)
  await expect(never).rejects.toThrow('Within 20 ms it never happened that pigs fly')
})

it('keeps its deadline on a condition that hangs, and reports the last error of one that fails', async () => {
  await expect(until('it answers', () => new Promise(() => {}), 20)).rejects.toThrow('it answers')
  const cause = new Error('refused')
  await expect(until('it answers', () => Promise.reject(cause), 20)).rejects.toMatchObject({ cause })
})

it('says which value it was that never became the right one', async () => {
  const never = untilEqual('it is two', async () => ({ now: 1 }), { now: 2 }, 20)
  await expect(never).rejects.toThrow('it never happened that it is two; it was {"now":1}')
})

it('waits no longer if an expectation fails', async () => {
  let asked = 0
  const condition = () => {
    expect(++asked).toBe(1)
    return false
  }
  await expect(until('it holds', condition)).rejects.toThrow('Expected: 1')
  expect(asked).toBe(2)
})
