import { FreshnessAudit, type StaleRead } from '../../src/cache/FreshnessAudit.js'
import type { Versioned } from '../../src/cache/Source.js'
import { type Gate, gate } from '../support/gates.js'
import { until } from '../support/poll.js'
import { KEY } from './processes.js'

let known: Versioned
let shown: Versioned
let current: boolean
let asked: number
let read: number
let stale: StaleRead[]
let audit: FreshnessAudit
/** Where the audit stops before it reads. */
let reading: Gate

beforeEach(() => {
  known = shown = ours(5)
  current = true
  asked = 0
  read = 0
  stale = []
  reading = gate('the audit reads')
  audit = start()
})

afterEach(() => audit.stop())

const ours = (version: number): Versioned => ({ version, origin: 'one' })
const theirs = (version: number): Versioned => ({ version, origin: 'two' })

function start(options: { oneIn?: number; answeredWithinMs?: number } = {}): FreshnessAudit {
  return new FreshnessAudit({
    oneIn: 1,
    answeredWithinMs: 0,
    async versions() {
      asked++
      return { origin: known.origin, versions: new Map([[KEY, known.version]]) }
    },
    async read() {
      read++
      await reading.wait()
      return { value: shown, current }
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
    expect([asked, read]).toEqual([expected, expected])
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

test.each<[what: string, page: Versioned, before: Versioned, after: Versioned, isStale: boolean]>([
  ['the version that the source said', ours(5), ours(5), ours(5), false],
  ['a newer one', ours(6), ours(5), ours(5), false],
  ['an older one', ours(4), ours(5), ours(5), true],
  ['an older one, because the source lost history', ours(4), ours(5), ours(3), false],
  ['another source, even with a newer version', ours(6), theirs(5), theirs(5), true],
  ['the source that replaced the other one meanwhile', ours(5), theirs(5), ours(5), false],
])('a page of %s', async (_what, page, before, after, isStale) => {
  known = before
  shown = page
  audit.countRead(KEY)
  await reading.reached
  known = after
  reading.open()
  await until('it is through', () => audit.audits === 1)
  await new Promise(setImmediate) // the source has been asked again
  expect(stale).toEqual(isStale ? [{ key: KEY, shown: page, known: before }] : [])
  expect(audit.staleReads).toBe(stale.length)
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
    read: async () => ({ value: ours(1), current: true }),
    onStale: (page) => stale.push(page),
  })
  await until('it has failed twice', () => {
    audit.countRead(KEY)
    return failed === 2
  })
  expect(stale).toEqual([])
})
