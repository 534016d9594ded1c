import type { Entry } from '../../test/prove/history.js'
import type { StalePage } from '../check/StaleChecker.js'
import { type Metrics, metricsOf } from '../metrics/metrics.js'

/** The metrics cover the last ten seconds. */
const WINDOW_MS = 10_000
/** The plot shows the last two minutes, second by second. */
const PLOTTED_SECONDS = 120

export interface Second {
  readonly loads: number
  readonly stale: number
}

/** What has happened to one way lately, and how many stale pages there were since it was last reset. */
export class RollingMetrics {
  #recent: Entry[] = []
  #queries: { atMs: number; count: number }[] = []
  readonly #seconds = new Map<number, Second>()
  #stale = 0
  #oldestMs = 0

  get stale(): number {
    return this.#stale
  }

  get oldestMs(): number {
    return this.#oldestMs
  }

  /** @param queries how many queries its database has received so far */
  add(entries: readonly Entry[], stale: readonly StalePage[], queries: number): void {
    const nowMs = performance.now()
    const sinceMs = nowMs - WINDOW_MS
    this.#recent = [...this.#recent, ...entries].filter(({ endedAtMs }) => endedAtMs >= sinceMs)
    this.#queries = [...this.#queries.filter(({ atMs }) => atMs >= sinceMs), { atMs: nowMs, count: queries }]
    this.#stale += stale.length
    this.#oldestMs = Math.max(this.#oldestMs, ...stale.map(({ ageMs }) => ageMs))
    const loads = entries.filter(({ kind }) => kind === 'load').length
    this.#count(Math.floor(nowMs / 1_000), loads, stale.length)
  }

  metrics(): Metrics {
    return metricsOf(this.#recent)
  }

  loadsPerSecond(): number {
    const loads = this.#recent.filter((entry) => entry.kind === 'load' && entry.answer).length
    return loads / (WINDOW_MS / 1_000)
  }

  queriesPerSecond(): number {
    const [first] = this.#queries
    const last = this.#queries.at(-1)
    if (!first || !last || last.atMs === first.atMs) return 0
    return ((last.count - first.count) * 1_000) / (last.atMs - first.atMs)
  }

  /** The seconds of the plot, the oldest first. */
  seconds(): Second[] {
    const now = Math.floor(performance.now() / 1_000)
    return Array.from({ length: PLOTTED_SECONDS }, (_, index) => {
      return this.#seconds.get(now - PLOTTED_SECONDS + 1 + index) ?? { loads: 0, stale: 0 }
    })
  }

  /** Counts the stale pages from 0 again. */
  reset(): void {
    this.#stale = 0
    this.#oldestMs = 0
    this.#seconds.clear()
  }

  #count(second: number, loads: number, stale: number): void {
    const before = this.#seconds.get(second) ?? { loads: 0, stale: 0 }
    this.#seconds.set(second, { loads: before.loads + loads, stale: before.stale + stale })
    this.#seconds.delete(second - PLOTTED_SECONDS)
  }
}
