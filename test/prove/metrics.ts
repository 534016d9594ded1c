import { type Entry, isAnswered } from './history.js'

/** What the visitors experienced in one phase. */
export interface Metrics {
  readonly requests: number
  readonly errors: number
  /** Pages with `current: false`. */
  readonly lastKnown: number
  /** The part of the page loads that asked Postgres for no page. */
  readonly hits: number
  /** How long the page loads with an answer took. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly slowestWriteMs: number
  /** From the end of the trouble until every request was normal again and every process had had a hit. */
  readonly healedAfterMs: number
  /** The worst delay of a timer on this machine, which is not the app's fault (see `Pulse`). */
  readonly machineLateMs: number
}

export function metricsOf(
  entries: readonly Entry[],
  healedAtMs: number,
  processes: readonly string[],
  machineLateMs: number,
): Metrics {
  const loads = entries.filter((entry) => entry.kind === 'load')
  const answered = loads.filter(isAnswered)
  const loadMs = answered.map(durationMs).sort((a, b) => a - b)
  const writes = entries.filter((entry) => entry.kind !== 'load').filter(isAnswered)
  return {
    requests: entries.length,
    errors: entries.filter(({ failure }) => failure).length,
    lastKnown: answered.filter(({ answer }) => !answer.current).length,
    hits: answered.filter(isHit).length / Math.max(1, loads.length),
    p50Ms: quantile(loadMs, 0.5),
    p99Ms: quantile(loadMs, 0.99),
    maxMs: quantile(loadMs, 1),
    slowestWriteMs: writes.reduce((slowest, write) => Math.max(slowest, durationMs(write)), 0),
    healedAfterMs: healedAfterMs(entries, healedAtMs, processes),
    machineLateMs,
  }
}

/** Infinite if one of the processes has had no hit yet. */
export function healedAfterMs(
  entries: readonly Entry[],
  healedAtMs: number,
  processes: readonly string[],
): number {
  const since = entries.filter(({ startedAtMs }) => startedAtMs >= healedAtMs)
  const abnormal = since.filter((entry) => !isNormal(entry)).map(({ startedAtMs }) => startedAtMs)
  const firstHits = processes.map((name) => firstHitMs(since.filter(({ process }) => process === name)))
  return Math.max(0, ...[...abnormal, ...firstHits].map((momentMs) => momentMs - healedAtMs))
}

export function durationMs({ startedAtMs, endedAtMs }: Entry): number {
  return endedAtMs - startedAtMs
}

/** Answered, up to date, and the cache was of use. */
function isNormal(entry: Entry): boolean {
  if (entry.kind !== 'load' || !entry.answer) return !entry.failure
  const isBypass = entry.answer.cacheStatus.startsWith('fwd=bypass')
  return entry.answer.current && (entry.after > 0 || !isBypass)
}

function isHit(entry: Entry): boolean {
  return entry.kind === 'load' && entry.answer?.cacheStatus === 'hit'
}

function firstHitMs(entries: readonly Entry[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...entries.filter(isHit).map(({ endedAtMs }) => endedAtMs))
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
