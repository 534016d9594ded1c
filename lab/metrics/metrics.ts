import type { Entry } from '../../test/prove/history.js'
import { isAnswered, loadsOf } from '../../test/prove/history.js'

/** What the visitors of one way experienced during some time. */
export interface Metrics {
  readonly loads: number
  readonly writes: number
  /** Requests without an answer. */
  readonly failures: number
  /** The share of page loads that memcache answered, 0 to 1. */
  readonly hits: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export function metricsOf(entries: readonly Entry[]): Metrics {
  const loads = loadsOf(entries)
  const durations = loads.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs).sort((a, b) => a - b)
  return {
    loads: loads.length,
    writes: entries.filter((entry) => entry.kind !== 'load' && isAnswered(entry)).length,
    failures: entries.filter(({ failure }) => failure).length,
    hits: loads.filter(({ answer }) => answer.cacheStatus === 'hit').length / Math.max(1, loads.length),
    p50Ms: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
  }
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}
