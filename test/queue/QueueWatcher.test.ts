import { jest } from '@jest/globals'
import { DatabaseUnavailable, NotConnectedYet } from '../../src/db/errors.js'
import type { PageLoad } from '../../src/queue/Queue.js'
import { QueueWatcher } from '../../src/queue/QueueWatcher.js'
import { type Gate, gate } from '../support/gates.js'
import { until } from '../support/poll.js'

let front: () => Promise<PageLoad>
let watcher: QueueWatcher
/** What a listener was told, in order. */
let told: unknown[]

beforeEach(() => {
  front = async () => page(1)
  watcher = new QueueWatcher(() => front())
  told = []
})

afterEach(() => {
  watcher.close()
  jest.useRealTimers()
})

function page(version: number, current = true): PageLoad {
  return {
    snapshot: { version, origin: 'database/1', length: version * 10, items: [], next: null },
    current,
  }
}

function subscribe(): () => void {
  return watcher.subscribe({
    onChange: (news) => told.push(news),
    onCurrent: (current) => told.push(current),
    onClose: () => told.push('closed'),
  })
}

test('nothing is known at first, and Postgres is not known to be lost', () => {
  expect(watcher.latest).toBeUndefined()
  expect(watcher.isCurrent).toBe(true)
  expect(watcher.isClosed).toBe(false)
})

test('a look tells the version and the length of what is new, and only of what is new', async () => {
  subscribe()
  await watcher.refresh()
  await watcher.refresh()
  front = async () => page(2)
  await watcher.refresh()
  expect(told).toEqual([
    { version: 1, length: 10 },
    { version: 2, length: 20 },
  ])
  expect(watcher.latest).toEqual({ version: 2, length: 20 })
})

test('listeners are told once that Postgres was lost, and once that it was regained', async () => {
  await watcher.refresh()
  subscribe()
  front = async () => page(1, false)
  await watcher.refresh()
  await watcher.refresh()
  expect(watcher.isCurrent).toBe(false)
  front = async () => page(1)
  await watcher.refresh()
  await watcher.refresh()
  expect(told).toEqual([false, true])
  expect(watcher.isCurrent).toBe(true)
})

test('Postgres that was down from the start is lost, though there is no queue to tell of', async () => {
  subscribe()
  front = () => Promise.reject(new DatabaseUnavailable('down'))
  await watcher.refresh()
  expect(told).toEqual([false])
  expect(watcher.latest).toBeUndefined()
})

test('a first connection that is still being made says nothing of Postgres', async () => {
  subscribe()
  front = () => Promise.reject(new NotConnectedYet('not yet'))
  await watcher.refresh()
  expect(told).toEqual([])
  expect(watcher.isCurrent).toBe(true)
})

test('any other failure is the caller’s to hear of', async () => {
  front = () => Promise.reject(new Error('a bug'))
  await expect(watcher.refresh()).rejects.toThrow('a bug')
})

test('a listener that has left is told nothing, and the others are', async () => {
  const leave = subscribe()
  subscribe()
  leave()
  await watcher.refresh()
  expect(told).toEqual([{ version: 1, length: 10 }])
})

test('a close is told to all, and nothing is looked at afterwards', async () => {
  let looks = 0
  front = async () => page(++looks)
  subscribe()
  watcher.close()
  expect(told).toEqual(['closed'])
  expect(watcher.isClosed).toBe(true)
  jest.useFakeTimers()
  subscribe()
  jest.advanceTimersByTime(60_000)
  expect(looks).toBe(0)
})

describe('in the background', () => {
  let looks: number
  let slow: Gate | undefined

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'performance'] })
    looks = 0
    slow = undefined
    front = async () => {
      looks++
      await slow?.wait()
      return page(looks)
    }
  })

  /** Until what was looked at has been told. */
  async function settle(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  }

  async function pass(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms)
    await settle()
  }

  test('looks are taken every 75 ms while somebody listens, however many do, and then no more', async () => {
    const leave = [subscribe(), subscribe(), subscribe()]
    await pass(75)
    await pass(75)
    expect(looks).toBe(2)
    leave.pop()?.()
    await pass(75)
    expect(looks).toBe(3)
    for (const end of leave) end()
    await pass(60_000)
    expect(looks).toBe(3)
    subscribe()
    await pass(75)
    expect(looks).toBe(4)
  })

  test('a slow look is not joined by another one', async () => {
    slow = gate('a look is under way')
    subscribe()
    await pass(75)
    await pass(75)
    expect(looks).toBe(1)
    slow.open()
    await settle()
    await pass(75)
    expect(looks).toBe(2)
  })

  test('a look that fails is not the last one', async () => {
    const good = front
    front = () => Promise.reject(new Error('a bug'))
    subscribe()
    await pass(75)
    front = good
    await pass(75)
    await until('it is told', () => told.length > 0)
    expect(told).toEqual([{ version: 1, length: 10 }])
  })
})

test('a look that began before a change was told does not take it back, one that began later does', async () => {
  const slow = gate('a look is under way')
  front = async () => {
    await slow.wait()
    return page(5)
  }
  const look = watcher.refresh()
  await slow.reached
  subscribe()
  watcher.publish({ version: 6, length: 1 })
  slow.open()
  await look
  expect(told).toEqual([{ version: 6, length: 1 }])
  await watcher.refresh()
  expect(told).toEqual([
    { version: 6, length: 1 },
    { version: 5, length: 50 },
  ])
})
