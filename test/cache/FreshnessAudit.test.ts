import { FreshnessAudit, type StaleRead } from '../../src/cache/FreshnessAudit.js'
import type { Versioned } from '../../src/cache/Source.js'
import { type Gate, gate } from '../support/gates.js'
import { until } from '../support/poll.js'
import { KEY } from './processes.js'

let known: number
let knownOrigin: string
let shown: number
let current: boolean
let asked: number
let read: number
let stale: StaleRead[]
let audit: FreshnessAudit
/** Where the audit stops before it reads. */
let reading: Gate

beforeEach(() => {
  known = 5
  knownOrigin = 'one'
  shown = 5
  current = true
  asked = 0
  read = 0
  stale = []
  reading = gate('the audit reads')
  audit = start()
})

afterEach(() => audit.stop())

function stamp(version: number, origin: string): Versioned {
  return { version, origin }
}

function start(options: { oneIn?: number; answeredWithinMs?: number } = {}): FreshnessAudit {
  return new FreshnessAudit({
    oneIn: 1,
    answeredWithinMs: 0,
    async versions() {
      asked++
      return { origin: knownOrigin, versions: new Map([[KEY, known]]) }
    },
    async read() {
      read++
      await reading.wait()
      return { value: stamp(shown, 'one'), current }
    },
    onStale: (page) => stale.push(page),
    ...options,
  })
}

test('one read in N is followed by an audit, and then again one in N', async () => {
  audit = start({ oneIn: 3 })
  reading.open()
  for (let i = 1; i <= 9; i++) {
    audit.countRead(KEY)
    const expected = Math.floor(i / 3)
    await until('it is through', () => audit.audits === expected)
    expect(read).toBe(expected)
  }
})

test('a rate of zero switches the audit off', () => {
  audit = start({ oneIn: 0 })
  for (let i = 0; i < 1000; i++) audit.countRead(KEY)
  expect(asked).toBe(0)
})

test('only one audit runs at a time', async () => {
  audit.countRead(KEY)
  await reading.reached
  for (let i = 0; i < 100; i++) audit.countRead(KEY)
  expect(asked).toBe(1)
  reading.open()
  await until('it is through', () => audit.audits === 1)
})

test.each([5, 6])('if the source said 5, page %i is not stale', async (version) => {
  shown = version
  audit.countRead(KEY)
  reading.open()
  await until('it is through', () => audit.audits === 1)
  expect(stale).toEqual([])
})

test('an older page is stale', async () => {
  shown = 4
  audit.countRead(KEY)
  reading.open()
  await until('it is found', () => audit.staleReads === 1)
  expect(stale).toEqual([{ key: KEY, shown: stamp(4, 'one'), known: stamp(5, 'one') }])
})

test('an older page of a source that lost history is not stale', async () => {
  audit.countRead(KEY)
  await reading.reached
  known = 3
  shown = 4
  reading.open()
  await until('it is through', () => audit.audits === 1)
  await until('the source was asked again', () => asked === 2)
  expect(stale).toEqual([])
})

test('a page of another source is stale, even if it claims a newer version', async () => {
  knownOrigin = 'two'
  shown = 6
  audit.countRead(KEY)
  reading.open()
  await until('it is found', () => audit.staleReads === 1)
  expect(stale).toEqual([{ key: KEY, shown: stamp(6, 'one'), known: stamp(5, 'two') }])
})

test('a page of the source that replaced the other one meanwhile is not stale', async () => {
  knownOrigin = 'two'
  audit.countRead(KEY)
  await reading.reached
  knownOrigin = 'one'
  reading.open()
  await until('it is through', () => audit.audits === 1)
  await until('the source was asked again', () => asked === 2)
  expect(stale).toEqual([])
})

test('a page that does not claim to be current is not checked', async () => {
  current = false
  audit.countRead(KEY)
  reading.open()
  await until('it has ended, and so another one begins', () => {
    audit.countRead(KEY)
    return asked > 1
  })
  expect(audit.audits).toBe(0)
  expect(stale).toEqual([])
})

test('it reads only when the write that made the version must have been answered; once stopped, it never reads', async () => {
  audit = start({ answeredWithinMs: 600_000 })
  audit.countRead(KEY)
  await until('it has asked the source', () => asked === 1)
  audit.stop()
  await until('it has ended, and so another one begins', () => {
    audit.countRead(KEY)
    return asked > 1
  })
  expect(read).toBe(0)
})

test('a source that does not answer causes no failure', async () => {
  let failed = 0
  audit = new FreshnessAudit({
    oneIn: 1,
    answeredWithinMs: 0,
    versions: async () => {
      failed++
      throw new Error('away')
    },
    read: async () => ({ value: stamp(1, 'one'), current: true }),
    onStale: (page) => stale.push(page),
  })
  await until('it has failed twice', () => {
    audit.countRead(KEY)
    return failed === 2
  })
  expect(stale).toEqual([])
})
