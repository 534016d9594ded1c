import type { StalePage } from '../check/StaleChecker.js'
import type { Row } from '../diagram/sequence.js'
import type { WayEvent } from '../record/events.js'
import type { Recorder } from '../record/Recorder.js'
import type { Way } from '../ways.js'
import { collectEvidence, momentOf } from './evidence.js'
import type { Incident } from './Incident.js'
import { judge } from './verdict.js'

const COLUMNS = ['process A', 'Postgres', 'memcached', 'process B'] as const
const COLUMN = { A: 0, postgres: 1, memcached: 2, B: 3 }
const MAX_ROWS = 18
/** If a query takes longer, the diagram says so. */
const SLOW_MS = 100

interface TimedRow {
  readonly atMs: number
  readonly row: Row
}

/** Explains how a stale page of this way came about. */
export function explain(
  id: number,
  way: Way,
  stale: StalePage,
  recorder: Pick<Recorder, 'between'>,
): Incident {
  const evidence = collectEvidence(stale, recorder)
  const { event: culprit, sentence } = judge(stale, evidence)
  const { load, write } = stale
  const shown = load.answer.page.version
  const missed = write.answer.version
  return {
    id,
    way,
    fault: load.phase,
    shown,
    missed,
    lateMs: load.startedAtMs - write.endedAtMs,
    sentence,
    diagram: {
      title: `How process ${load.process} came to show version ${shown} after version ${missed} was answered`,
      columns: COLUMNS,
      rows: rowsOf([...evidence.events.map((event) => rowOf(event, event === culprit)), ...visits(stale)]),
    },
    line: culprit?.line ?? 0,
  }
}

function rowsOf(timed: readonly TimedRow[]): Row[] {
  const inOrder = timed.toSorted((a, b) => a.atMs - b.atMs).slice(-MAX_ROWS)
  const beganMs = inOrder[0]?.atMs ?? 0
  return inOrder.map(({ atMs, row }) => ({ ...row, time: `${(atMs - beganMs).toFixed(1)} ms` }))
}

/** What the two visitors saw: the one whose write was answered, and the one who came afterwards. */
function visits({ load, write }: StalePage): TimedRow[] {
  const lateMs = load.startedAtMs - write.endedAtMs
  const { version } = load.answer.page
  return [
    {
      atMs: write.endedAtMs,
      row: { from: columnOf(write.process), label: `answers: version ${write.answer.version}` },
    },
    {
      atMs: load.startedAtMs,
      row: { from: columnOf(load.process), label: `a visitor comes, ${saidMs(lateMs)} later` },
    },
    {
      atMs: load.endedAtMs,
      row: { from: columnOf(load.process), label: `shows version ${version}: stale`, isCulprit: true },
    },
  ]
}

function rowOf(event: WayEvent, isCulprit: boolean): TimedRow {
  const own = columnOf(event.process)
  const version = event.version ?? 'nothing'
  const isFailed = event.outcome === 'failed'
  const marks = { ...(isFailed && { isFailed }), ...(isCulprit && { isCulprit }) }
  const row = {
    commit: { from: own, to: COLUMN.postgres, label: `commits ${version}` },
    load: { from: COLUMN.postgres, to: own, label: loadLabel(event) },
    get: isFailed
      ? { from: own, to: COLUMN.memcached, label: 'can’t get' }
      : { from: COLUMN.memcached, to: own, label: `gets ${version}` },
    set: { from: own, to: COLUMN.memcached, label: setLabel(event) },
    delete: { from: own, to: COLUMN.memcached, label: isFailed ? 'can’t delete' : 'deletes' },
  }[event.action]
  return { atMs: momentOf(event), row: { ...row, ...marks } }
}

/** The arrow is drawn at the time when the query was sent. */
function loadLabel({ version, sentAtMs, atMs }: WayEvent): string {
  const tookMs = atMs - sentAtMs
  return tookMs > SLOW_MS ? `loads ${version}, in ${saidMs(tookMs)}` : `loads ${version}`
}

function setLabel({ outcome, version }: WayEvent): string {
  if (outcome === 'failed') return `can’t set ${version}`
  return outcome === 'refused' ? `${version} is refused` : `sets ${version}`
}

function columnOf(process: string): number {
  return process === 'A' ? COLUMN.A : COLUMN.B
}

export function saidMs(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`
}
