import type { Status } from '../../src/status/status.js'
import { statusPage } from '../../src/status/statusPage.js'

const NO_WRITES: Status['writes'] = { add: 0, remove: 0, failed: 0, confirmed: 0, unconfirmed: 0 }

const STATUS: Status = {
  takenAt: '2024-02-03T04:05:06.789Z',
  process: { name: 'web.1', uptimeSeconds: 3725 },
  problems: [],
  postgres: { ready: true, problem: null },
  cache: { name: 'memcache', isShared: true, up: true, problem: null },
  lease: { ms: 200, renewals: 12, failures: 0 },
  queue: { version: 7, length: 2, current: true },
  audit: { audits: 5, stalePages: 0 },
  recent: { slotSeconds: 10, slots: [{ hit: 0, miss: 0, stale: 0, bypass: 0, write: 0 }] },
  loads: { boundsMs: [], hit: [], other: [] },
  writes: NO_WRITES,
  memcache: [],
  eventClients: 3,
}

/** A fact of the page, as `+ value, note`, or `- …` if it is not well. */
function fact(name: string, changes: Partial<Status> = {}): string | undefined {
  const found = statusPage({ ...STATUS, ...changes }).facts.find((fact) => fact.name === name)
  return found && `${found.well ? '+' : '-'} ${found.value}, ${found.note}`
}

test('says of each part whether it is well', () => {
  expect(statusPage(STATUS).facts.map(({ name }) => fact(name))).toEqual([
    '+ answers, memcache',
    '+ answers, and is migrated',
    '+ 2 items, version 7',
    '+ none, in 5 checks',
    '+ 200 ms, renewed 12 times',
    '+ 3, wait for changes',
  ])
  expect(statusPage(STATUS)).toMatchObject({ takenAt: '2024-02-03 04:05:06 UTC', uptime: '1 h 2 min' })
})

test('says what is not well', () => {
  const cache = { ...STATUS.cache, isShared: false, up: false }
  expect(fact('Cache', { cache })).toBe('- is lost, inside this process')
  expect(fact('Postgres', { postgres: { ready: false, problem: 'x' } })).toBe('- is not ready, see above')
  expect(fact('Queue', { queue: null })).toBe('- unknown, see above')
  const queue = { version: 7, length: 1, current: false }
  expect(fact('Queue', { queue })).toBe('- 1 item, version 7, as last known')
  expect(fact('Stale pages', { audit: { audits: 1, stalePages: 1 } })).toBe('- 1, in 1 check')
})

test('says if a lease never ends, or is none', () => {
  const lease = (ms: number | null) => fact('Lease', { lease: { ms, renewals: 12, failures: 0 } })
  expect([lease(null), lease(0)]).toEqual(['+ endless, nobody else writes', '+ none, 12 version checks'])
})

test('says how many writes there were, and how many the cache did not confirm', () => {
  const words = (writes: Partial<Status['writes']>) =>
    statusPage({ ...STATUS, writes: { ...NO_WRITES, ...writes } }).writes.sinceStart
  expect(words({})).toBe('None since this process started.')
  expect(words({ failed: 1 })).toContain('0 adds, 0 removes, 1 failed.')
  expect(words({ add: 1, remove: 2, confirmed: 3 })).toMatch(
    /1 add, 2 removes, 0 failed\. The cache confirmed each of them\.$/,
  )
  expect(words({ add: 2, confirmed: 1, unconfirmed: 1 })).toContain('The cache could not confirm 1;')
})
