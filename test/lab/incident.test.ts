import { draw } from '../../lab/diagram/sequence.js'
import { explain } from '../../lab/incident/story.js'
import type { WayEvent } from '../../lab/record/events.js'
import { WAYS, type Way } from '../../lab/ways.js'
import type { Add, Answered, Load } from '../prove/history.js'

const way = WAYS.find(({ id }) => id === 'update') as Way

/** B's write of 9, answered at 20 ms. */
const write: Answered<Add> = {
  kind: 'add',
  text: 'tea',
  phase: 'two-writers',
  process: 'B',
  request: 'write 9',
  startedAtMs: 10,
  endedAtMs: 20,
  answer: { item: { id: 2, text: 'tea' }, version: 9, length: 2 },
}

/** A page load on A that shows 8, 30 ms later. */
const load: Answered<Load> = {
  kind: 'load',
  after: 0,
  phase: 'two-writers',
  process: 'A',
  request: 'look',
  startedAtMs: 50,
  endedAtMs: 52,
  answer: { page: { version: 8, length: 1, items: [], next: null }, current: true, cacheStatus: 'hit' },
}

function event(process: string, request: string, atMs: number, rest: Partial<WayEvent>): WayEvent {
  const base = { action: 'set', outcome: 'done', version: null, line: 0 } as const
  return { process, request, sentAtMs: atMs - 1, atMs, ...base, ...rest }
}

function tellOf(events: WayEvent[]) {
  const recorder = {
    between: (fromMs: number, toMs: number) =>
      events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).sort((a, b) => a.atMs - b.atMs),
  }
  return explain(1, way, { load, write, ageMs: 30 }, recorder)
}

const lost = [
  event('A', 'write 8', 5, { action: 'commit', version: 8 }),
  event('A', 'write 8', 7, { action: 'load', version: 8, line: 25 }),
  event('B', 'write 9', 12, { action: 'commit', version: 9 }),
  event('B', 'write 9', 14, { action: 'load', version: 9 }),
  event('B', 'write 9', 16, { version: 9, line: 26 }),
  event('A', 'write 8', 30, { version: 8, line: 26 }),
  event('A', 'look', 51, { action: 'get', version: 8 }),
]

test('an old page that was set late is to blame, with its line and every step in the order of time', () => {
  const incident = tellOf(lost)
  expect(incident).toMatchObject({ shown: 8, missed: 9, lateMs: 30, line: 26 })
  expect(incident.sentence).toMatch(/^Process A had loaded version 8 before version 9 was committed/)
  expect(incident.diagram.rows.map(({ label }) => label)).toEqual([
    'commits 8',
    'loads 8',
    'commits 9',
    'loads 9',
    'sets 9',
    'answers: version 9',
    'sets 8',
    'a visitor comes, 30 ms later',
    'gets 8',
    'shows version 8: stale',
  ])
  expect(incident.diagram.rows.filter(({ isCulprit }) => isCulprit).map(({ label }) => label)).toEqual([
    'sets 8',
    'shows version 8: stale',
  ])
})

test('a write that could not reach the cache and was answered is to blame', () => {
  const failed = event('B', 'write 9', 16, { version: 9, outcome: 'failed', line: 26 })
  const incident = tellOf([event('A', 'before', 3, { version: 8 }), failed, lost.at(-1) as WayEvent])
  expect(incident.sentence).toMatch(/^Process B could not put version 9 there/)
  expect(incident.line).toBe(26)
  expect(incident.diagram.rows.find(({ label }) => label === 'can’t set 9')).toMatchObject({ isFailed: true })
})

test('a write that did not publish leaves the old page in the cache', () => {
  const incident = tellOf([
    event('A', 'before', 3, { version: 8, line: 14 }),
    event('B', 'write 9', 12, { action: 'commit', version: 9 }),
  ])
  expect(incident.sentence).toMatch(/^The write did not touch the cache: version 8/)
  expect(incident.line).toBe(14)
})

test('events after the page was shown are left out', () => {
  const later = event('B', 'write 9', 80, { version: 9, line: 26 })
  expect(tellOf([...lost, later]).diagram.rows.at(-1)?.label).toBe('shows version 8: stale')
})

test('a picture has its title and every label, and is well-formed whatever they contain', () => {
  const svg = draw(
    { title: 'a < b & c', columns: ['A', 'B'], rows: [{ label: 'say "hi"', from: 0, to: 1 }] },
    'x',
  )
  expect(svg).toContain('<title id="x">a &lt; b &amp; c</title>')
  expect(svg).toContain('say &quot;hi&quot;</text>')
})
