import { setImmediate as endOfTurn } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { OVERSLEPT_MS } from '../../src/cache/deadline.js'
import { WRITE_MARGIN_MS } from '../../src/db/Database.js'
import { DatabaseUnavailable } from '../../src/db/errors.js'
import { WriteBatcher } from '../../src/queue/WriteBatcher.js'
import { type Gate, gate } from '../support/gates.js'
import { until } from '../support/poll.js'

/** Longer than any test may take. */
const ENDLESS_MS = 600_000

let sent: string[][]
/** Each batch that is sent waits at its gate, if it has one. */
let gates: Gate[]
let fail: (batch: readonly string[]) => Error | undefined

beforeEach(() => {
  sent = []
  gates = []
  fail = () => undefined
})

function writeBatcher(deadlineMs = ENDLESS_MS): WriteBatcher<string, string> {
  return new WriteBatcher({
    deadlineMs,
    send: async (batch) => {
      sent.push([...batch])
      await gates[sent.length - 1]?.wait()
      const error = fail(batch)
      if (error) throw error
      return batch.map((write) => `${write} done`)
    },
  })
}

/** Sends a first write, `a`, that is under way until its gate is opened. */
async function firstUnderWay(deadlineMs?: number) {
  const slow = gate()
  gates = [slow]
  const writes = writeBatcher(deadlineMs)
  const first = writes.write('a')
  await slow.reached
  return { slow, writes, first }
}

function refusal(): Error {
  return Object.assign(new Error('refused'), { severity: 'ERROR' })
}

test('a lone write is sent alone, and so is the one that comes after its answer', async () => {
  const writes = writeBatcher()
  expect(await writes.write('a')).toBe('a done')
  expect(await writes.write('b')).toBe('b done')
  expect(sent).toEqual([['a'], ['b']])
})

test('writes that come in one turn of the event loop go together', async () => {
  const writes = writeBatcher()
  const all = ['a', 'b'].map((write) => writes.write(write))
  await Promise.resolve().then(() => all.push(writes.write('c')))
  expect(await Promise.all(all)).toEqual(['a done', 'b done', 'c done'])
  expect(sent).toEqual([['a', 'b', 'c']])
})

test('writes that come while one is sent go together behind it, in their order, and each gets its own answer', async () => {
  const { slow, writes, first } = await firstUnderWay()
  const all = [first, ...['b', 'c', 'd'].map((write) => writes.write(write))]
  slow.open()
  expect(await Promise.all(all)).toEqual(['a done', 'b done', 'c done', 'd done'])
  expect(sent).toEqual([['a'], ['b', 'c', 'd']])
})

test('never more than a hundred go together', async () => {
  const writes = writeBatcher()
  await Promise.all(Array.from({ length: 250 }, (_, number) => writes.write(String(number))))
  expect(sent.map((batch) => batch.length)).toEqual([100, 100, 50])
  expect(sent.flat()).toEqual(Array.from({ length: 250 }, (_, number) => String(number)))
})

test('if a batch is refused, each write is sent alone, and only the wrong one fails', async () => {
  fail = (batch) => (batch.includes('bad') ? refusal() : undefined)
  const writes = writeBatcher()
  const outcomes = await Promise.allSettled(['a', 'b', 'bad', 'c'].map((write) => writes.write(write)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(sent).toEqual([['a', 'b', 'bad', 'c'], ['a'], ['b'], ['bad'], ['c']])
})

test.each([
  ['the connection broke', new DatabaseUnavailable('the connection broke')],
  ['its answer makes no sense', new Error('no such answer')],
])('if %s, the batch may have happened: all its writes fail, and none is sent twice', async (_why, error) => {
  fail = (batch) => (batch.length > 1 ? error : undefined)
  const writes = writeBatcher()
  const outcomes = await Promise.allSettled(['a', 'b'].map((write) => writes.write(write)))
  expect(outcomes).toMatchObject([{ reason: error }, { reason: error }])
  expect(sent).toEqual([['a', 'b']])
  expect(await writes.write('d')).toBe('d done')
})

describe('on a clock that the test moves, a write', () => {
  const DEADLINE_MS = WRITE_MARGIN_MS + 100
  let nowMs: number

  beforeEach(() => {
    nowMs = 0
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick', 'queueMicrotask'] })
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs)
  })

  afterEach(() => {
    jest.restoreAllMocks()
    jest.useRealTimers()
  })

  /** @param lateMs by which timers are late, because the process was asleep */
  function pass(ms: number, lateMs = 0): void {
    nowMs += ms + lateMs
    jest.advanceTimersByTime(ms)
  }

  test('that waited too long for its turn is refused, and never sent afterwards', async () => {
    const { slow, writes, first } = await firstUnderWay(DEADLINE_MS)
    const both = Promise.allSettled([first, writes.write('b')])
    pass(DEADLINE_MS)
    const reason = expect.any(DatabaseUnavailable)
    expect(await both).toMatchObject([{ reason }, { reason }])
    pass(2 * OVERSLEPT_MS) // this process was awake all the time, which its deadline alone does not show
    slow.open()
    expect(await writes.write('c')).toBe('c done')
    expect(sent).toEqual([['a'], ['c']])
  })

  test('that Postgres has no time left to refuse is not sent, even if somebody still waits', async () => {
    const { slow, writes, first } = await firstUnderWay(DEADLINE_MS)
    const second = expect(writes.write('b')).rejects.toBeInstanceOf(DatabaseUnavailable)
    pass(60)
    slow.open()
    await first
    expect(await writes.write('c')).toBe('c done')
    pass(DEADLINE_MS - 60)
    await second
    expect(sent).toEqual([['a'], ['c']])
  })

  test('whose caller gives up while those of its batch are tried one by one is not sent', async () => {
    fail = (batch) => (batch.length > 1 ? refusal() : undefined)
    const { slow, writes, first } = await firstUnderWay(DEADLINE_MS)
    const [open, slowSecond] = [gate(), gate()]
    open.open()
    gates = [slow, open, slowSecond]
    const second = writes.write('b')
    const third = expect(writes.write('c')).rejects.toBeInstanceOf(DatabaseUnavailable)
    slow.open()
    await first
    await slowSecond.reached
    pass(DEADLINE_MS)
    await third
    pass(2 * OVERSLEPT_MS)
    slowSecond.open()
    await expect(second).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(await writes.write('d')).toBe('d done')
    expect(sent).toEqual([['a'], ['b', 'c'], ['b'], ['d']])
  })

  test('that waits while the process is asleep is sent after that', async () => {
    const { slow, writes, first } = await firstUnderWay(DEADLINE_MS)
    const all = [first, writes.write('b')]
    pass(DEADLINE_MS, 2 * OVERSLEPT_MS)
    slow.open()
    expect(await Promise.all(all)).toEqual(['a done', 'b done'])
    expect(sent).toEqual([['a'], ['b']])
  })

  test('that has waited on after such a sleep is not sent later than its caller gives up', async () => {
    const { slow, writes, first } = await firstUnderWay(DEADLINE_MS)
    const second = expect(writes.write('b')).rejects.toBeInstanceOf(DatabaseUnavailable)
    pass(DEADLINE_MS, 2 * OVERSLEPT_MS)
    for (let turn = 0; turn < 3; turn++) await endOfTurn() // its caller waits the whole time once more
    pass(DEADLINE_MS - 60)
    slow.open()
    await first
    expect(await writes.write('c')).toBe('c done')
    pass(60)
    await second
    expect(sent).toEqual([['a'], ['c']])
  })
})

/** As it comes from Postgres when `lock_timeout` has passed. */
function stopped(): Error {
  const cause = Object.assign(new Error('lock timeout'), { severity: 'ERROR', code: '55P03' })
  return new DatabaseUnavailable('stopped', { cause })
}

test('if a batch has no time left for its oldest write, only that one fails, and the others are sent again', async () => {
  fail = (batch) => (batch.includes('b') ? stopped() : undefined)
  const { slow, writes, first } = await firstUnderWay()
  const all = [first, ...['b', 'c', 'd'].map((write) => writes.write(write))]
  const outcomes = Promise.allSettled(all)
  slow.open()
  expect((await outcomes).map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  ])
  await expect(all[1]).rejects.toThrow('stopped')
  expect(sent).toEqual([['a'], ['b', 'c', 'd'], ['c', 'd']])
})

test('a lone write that ran out of time fails, and is not sent again', async () => {
  fail = () => stopped()
  await expect(writeBatcher().write('a')).rejects.toThrow('stopped')
  expect(sent).toEqual([['a']])
})

test('a batch has the time that is left for its oldest write', async () => {
  const slow = gate()
  const deadlines: number[] = []
  const writes = new WriteBatcher<string, string>({
    deadlineMs: ENDLESS_MS,
    send: async (batch, deadlineMs) => {
      deadlines.push(deadlineMs)
      await slow.wait()
      return batch
    },
  })
  const all = [writes.write('a')]
  await slow.reached
  all.push(writes.write('oldest'))
  const cameAtMs = performance.now()
  await until('it has waited', () => performance.now() - cameAtMs > 100)
  all.push(writes.write('youngest'))
  slow.open()
  await Promise.all(all)
  expect(deadlines).toHaveLength(2)
  expect(deadlines[0]).toBeLessThanOrEqual(ENDLESS_MS)
  expect(deadlines[1]).toBeLessThanOrEqual(ENDLESS_MS - 100)
  expect(deadlines[1]).toBeGreaterThan(0)
})
