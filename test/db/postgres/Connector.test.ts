import { jest } from '@jest/globals'
import { Connection } from '../../../src/db/postgres/Connection.js'
import { Connector } from '../../../src/db/postgres/Connector.js'
import { type Gate, gate } from '../../support/gates.js'
import { database, useDatabase } from '../../support/useDatabase.js'

const SIZE = 3
const REAL = ['setImmediate', 'nextTick', 'queueMicrotask', 'setInterval', 'Date', 'hrtime'] as const

let connector: Connector
/** How many attempts to connect were made. */
let attempts: number
/** Each attempt waits at its gate, if it has one. */
let gates: Gate[]
let refusal: Error | undefined
/** The connections that were made, and those of them that the connector keeps. */
let made: Connection[]
let opened: Connection[]
let failures: unknown[]
/** Attempts under way: none may go on into the next test. */
let unfinished = 0

useDatabase()

beforeEach(() => {
  // Time passes when the test says so; Postgres answers all the same.
  jest.useFakeTimers({ doNotFake: [...REAL] })
  attempts = 0
  gates = []
  refusal = undefined
  made = []
  opened = []
  failures = []
  connector = start()
})

afterEach(async () => {
  for (const gate of gates) gate.open()
  const closing = connector.close()
  for (const connection of opened) connection.destroy()
  await closing
  await eventually(() => unfinished === 0)
  jest.useRealTimers()
})

function start(size = SIZE): Connector {
  return new Connector({
    size,
    open,
    onOpen: (connection) => opened.push(connection),
    onFailure: (error) => failures.push(error),
  })
}

async function open(): Promise<Connection> {
  unfinished++
  try {
    await gates[attempts++]?.wait()
    if (refusal) throw refusal
    const connection = new Connection({ connectionString: database.url }, false)
    await connection.connect()
    made.push(connection)
    return connection
  } finally {
    unfinished--
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

/** What is under way without waiting for Postgres has happened. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
}

async function full(): Promise<void> {
  connector.fill()
  await eventually(() => connector.openCount === SIZE)
  await settle()
}

async function lose(connection: Connection | undefined): Promise<void> {
  const gone = new Promise((resolve) => connection?.onceGone(resolve))
  connection?.destroy()
  await gone
}

test('one attempt shows whether Postgres is up, and the others follow only then', async () => {
  const first = gate()
  gates = [first]
  connector.fill()
  connector.fill()
  await settle()
  expect(attempts).toBe(1)
  expect(connector.wasEverOpen).toBe(false)
  first.open()
  await eventually(() => connector.openCount === SIZE)
  await settle()
  expect(attempts).toBe(SIZE)
  expect(opened).toHaveLength(SIZE)
  expect(connector.wasEverOpen).toBe(true)
})

test('waiting callers cause no second attempt as long as the first one is not slow', async () => {
  gates = [gate(), gate(), gate()]
  connector.connectFor(1)
  connector.connectFor(2)
  jest.advanceTimersByTime(1_499)
  connector.connectFor(3)
  expect(attempts).toBe(1)
  jest.advanceTimersByTime(1)
  connector.connectFor(3)
  connector.connectFor(3)
  expect(attempts).toBe(2)
})

test('of two attempts for one place the second one to succeed is closed', async () => {
  const single = start(1)
  gates = [gate(), gate()]
  single.connectFor(1)
  jest.advanceTimersByTime(1_500)
  single.connectFor(1)
  for (const gate of gates) gate.open()
  await eventually(() => made.length === 2)
  await settle()
  expect([opened.length, single.openCount]).toEqual([1, 1])
  expect(made.filter(({ isWell }) => isWell)).toEqual(opened)
  const closing = single.close()
  opened[0]?.destroy()
  await closing
})

test('after losses one connection is made for each waiting caller, and never more than fit', async () => {
  await full()
  await lose(opened[0])
  await lose(opened[1])
  gates = Array.from({ length: 9 }, () => gate())
  connector.connectFor(1)
  expect(attempts).toBe(SIZE + 1)
  connector.connectFor(9)
  expect(attempts).toBe(SIZE + 2)
})

test('a lost connection does not count any more, even before its end is noticed', async () => {
  await full()
  opened[0]?.destroy()
  expect(connector.openCount).toBe(SIZE - 1)
})

test('lost connections are replaced once a second, all together', async () => {
  await full()
  await lose(opened[0])
  await lose(opened[1])
  jest.advanceTimersByTime(999)
  expect(attempts).toBe(SIZE)
  jest.advanceTimersByTime(1)
  expect(attempts).toBe(SIZE + 2)
})

test('a connection that is lost after a quiet time is replaced at once', async () => {
  await full()
  jest.advanceTimersByTime(60_000)
  await lose(opened[0])
  jest.advanceTimersByTime(1)
  expect(attempts).toBe(SIZE + 1)
})

test('the place of a connection that is given up stays free for a second', async () => {
  await full()
  jest.advanceTimersByTime(60_000)
  connector.postponeRefill()
  await lose(opened[0])
  jest.advanceTimersByTime(999)
  expect(attempts).toBe(SIZE)
  jest.advanceTimersByTime(1)
  expect(attempts).toBe(SIZE + 1)
})

test('a failed attempt is reported, and another one may follow', async () => {
  refusal = new Error('no')
  connector.connectFor(1)
  await eventually(() => failures.length === 1)
  expect(failures).toEqual([refusal])
  refusal = undefined
  connector.connectFor(1)
  await eventually(() => connector.openCount > 0)
  expect(failures).toHaveLength(1)
})

describe('after a close', () => {
  test('it waits until all connections have gone, and replaces none', async () => {
    await full()
    let isClosed = false
    const closing = connector.close().then(() => {
      isClosed = true
    })
    await lose(opened[0])
    await lose(opened[1])
    await settle()
    expect(isClosed).toBe(false)
    await lose(opened[2])
    await closing
    jest.advanceTimersByTime(60_000)
    connector.fill()
    connector.connectFor(1)
    expect(attempts).toBe(SIZE)
  })

  test('it replaces none that was lost before', async () => {
    await full()
    await lose(opened[0])
    const closing = connector.close()
    jest.advanceTimersByTime(60_000)
    expect(attempts).toBe(SIZE)
    for (const connection of opened) connection.destroy()
    await closing
  })

  test('it is done at once if there are no connections', async () => {
    await connector.close()
    expect(connector.openCount).toBe(0)
  })

  test('an attempt that succeeds late is closed, and one that fails late is not reported', async () => {
    gates = [gate(), gate()]
    connector.connectFor(1)
    jest.advanceTimersByTime(1_500)
    connector.connectFor(1)
    await connector.close()
    gates[0]?.open()
    await eventually(() => made.length === 1)
    await settle()
    expect(made[0]?.isWell).toBe(false)
    refusal = new Error('no')
    gates[1]?.open()
    await settle()
    expect([opened, failures]).toEqual([[], []])
  })
})
