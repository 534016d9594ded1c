import { jest } from '@jest/globals'
import { DatabaseUnavailable, NotConnectedYet } from '../../src/db/errors.js'
import type { PageLoad } from '../../src/queue/Queue.js'
import { QueueWatcher } from '../../src/queue/QueueWatcher.js'
import { type Gate, gate } from '../support/gates.js'
import { until } from '../support/poll.js'

let front: () => Promise<PageLoad>
let watcher: QueueWatcher
/** What a listener found each time it was called: the latest change, unless Postgres is lost or the watcher closed. */
let received: unknown[]

beforeEach(() => {
  front = async () => page(1)
  watcher = new QueueWatcher(() => front())
  received = []
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
  return watcher.subscribe(() => {
    const { latest, isCurrent, isClosed } = watcher
    received.push(isClosed ? 'closed' : isCurrent ? latest : 'lost')
  })
}

test('nothing is known at first, and Postgres is not known to be lost', () => {
  expect(watcher.latest).toBeUndefined()
  expect(watcher.isCurrent).toBe(true)
  expect(watcher.isClosed).toBe(false)
})

test('a refresh publishes the version and the length if they are new, and only then', async () => {
  subscribe()
  await watcher.refresh()
  await watcher.refresh()
  front = async () => page(2)
  await watcher.refresh()
  expect(received).toEqual([
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
  expect(received).toEqual(['lost', { version: 1, length: 10 }])
  expect(watcher.isCurrent).toBe(true)
})

test('if Postgres is down from the start, listeners are told that it is lost, although no queue is known', async () => {
  subscribe()
  front = () => Promise.reject(new DatabaseUnavailable('down'))
  await watcher.refresh()
  expect(received).toEqual(['lost'])
  expect(watcher.latest).toBeUndefined()
})

test('while the first connection is being made, Postgres does not count as lost', async () => {
  subscribe()
  front = () => Promise.reject(new NotConnectedYet('not yet'))
  await watcher.refresh()
  expect(received).toEqual([])
  expect(watcher.isCurrent).toBe(true)
})

test('any other error is thrown to the caller', async () => {
  front = () => Promise.reject(new Error('a bug'))
  await expect(watcher.refresh()).rejects.toThrow('a bug')
})

test('a listener that has unsubscribed gets nothing more, and the others do', async () => {
  const leave = subscribe()
  subscribe()
  leave()
  await watcher.refresh()
  expect(received).toEqual([{ version: 1, length: 10 }])
})

test('a close is sent to all listeners, and no refresh follows', async () => {
  let refreshes = 0
  front = async () => page(++refreshes)
  subscribe()
  watcher.close()
  expect(received).toEqual(['closed'])
  expect(watcher.isClosed).toBe(true)
  jest.useFakeTimers()
  subscribe()
  jest.advanceTimersByTime(60_000)
  expect(refreshes).toBe(0)
})

describe('in the background', () => {
  let refreshes: number
  let slow: Gate | undefined

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'performance'] })
    refreshes = 0
    slow = undefined
    front = async () => {
      refreshes++
      await slow?.wait()
      return page(refreshes)
    }
  })

  /** Lets a refresh end and its event arrive. */
  async function runCallbacks(): Promise<void> {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  }

  async function pass(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms)
    await runCallbacks()
  }

  test('one refresh is made every 75 ms for any number of listeners, and none without listeners', async () => {
    const leave = [subscribe(), subscribe(), subscribe()]
    await pass(75)
    await pass(75)
    expect(refreshes).toBe(2)
    leave.pop()?.()
    await pass(75)
    expect(refreshes).toBe(3)
    for (const end of leave) end()
    await pass(60_000)
    expect(refreshes).toBe(3)
    subscribe()
    await pass(75)
    expect(refreshes).toBe(4)
  })

  test('no refresh begins while a slow one is under way', async () => {
    slow = gate('a refresh is under way')
    subscribe()
    await pass(75)
    await pass(75)
    expect(refreshes).toBe(1)
    slow.open()
    await runCallbacks()
    await pass(75)
    expect(refreshes).toBe(2)
  })

  test('refreshes go on after one that failed', async () => {
    const good = front
    front = () => Promise.reject(new Error('a bug'))
    subscribe()
    await pass(75)
    front = good
    await pass(75)
    await until('the event arrives', () => received.length > 0)
    expect(received).toEqual([{ version: 1, length: 10 }])
  })
})

test('a write never publishes a version that is older than the last one', () => {
  subscribe()
  for (const version of [5, 3, 5, 8, 7]) watcher.publish({ version, length: 0 })
  expect(received).toEqual([
    { version: 5, length: 0 },
    { version: 8, length: 0 },
  ])
})

test('a refresh that finds an older version takes a change back only if it began after the change was published', async () => {
  const slow = gate('a refresh is under way')
  front = async () => {
    await slow.wait()
    return page(5)
  }
  const refresh = watcher.refresh()
  await slow.reached
  subscribe()
  watcher.publish({ version: 6, length: 1 })
  slow.open()
  await refresh
  expect(received).toEqual([{ version: 6, length: 1 }])
  await watcher.refresh()
  expect(received).toEqual([
    { version: 6, length: 1 },
    { version: 5, length: 50 },
  ])
})
