import type { CacheObserver, CacheOperation, SourceQuestion } from '../cache/CacheObserver.js'
import type { Reading } from '../cache/CacheService.js'
import { Connection } from './Connection.js'
import { Histogram } from './Histogram.js'
import { RequestFigures } from './RequestFigures.js'
import { RollingCounts } from './RollingCounts.js'

export type CacheResult = Reading<unknown>['outcome']
export type WriteOperation = 'add' | 'remove'

export const CACHE_RESULTS = ['hit', 'miss', 'stale', 'bypass'] as const satisfies readonly CacheResult[]
const RECENT = [...CACHE_RESULTS, 'write'] as const
const RECENT_SLOTS = 90
const RECENT_SLOT_MS = 10_000

/** How long something took, and how often it failed. */
export class Timings {
  readonly durations = new Histogram()
  failures = 0

  /** What failed says nothing of how long the thing takes: while it is known to be down, that is no time at all. */
  over(durationMs: number, failed: boolean): void {
    if (failed) this.failures++
    else this.durations.record(durationMs)
  }
}

/** What this process has done since it started. `/status` and `/metrics` are two views of it. */
export class Figures implements CacheObserver {
  readonly requests = new RequestFigures()
  readonly memcache = new Connection()
  readonly postgres = new Connection()
  /** Page loads and writes of the last quarter of an hour. */
  readonly recent = new RollingCounts({ names: RECENT, slots: RECENT_SLOTS, slotMs: RECENT_SLOT_MS })
  readonly pageLoads: Readonly<Record<CacheResult, Histogram>> = {
    hit: new Histogram(),
    miss: new Histogram(),
    stale: new Histogram(),
    bypass: new Histogram(),
  }
  readonly writes: Readonly<Record<WriteOperation, Timings>> = { add: new Timings(), remove: new Timings() }
  readonly operations: Readonly<Record<CacheOperation, Timings>> = {
    gets: new Timings(),
    add: new Timings(),
    cas: new Timings(),
    delete: new Timings(),
  }
  readonly questions: Readonly<Record<SourceQuestion, Timings>> = { load: new Timings(), look: new Timings() }
  readonly publishes = { confirmed: 0, unconfirmed: 0 }

  onPageLoad(result: CacheResult, durationMs: number): void {
    this.pageLoads[result].record(durationMs)
    this.recent.count(result)
  }

  onWrite(operation: WriteOperation, durationMs: number, failed: boolean): void {
    this.writes[operation].over(durationMs, failed)
    if (!failed) this.recent.count('write')
  }

  onOperation(operation: CacheOperation, durationMs: number, failed: boolean): void {
    this.operations[operation].over(durationMs, failed)
  }

  onQuestion(question: SourceQuestion, durationMs: number, failed: boolean): void {
    this.questions[question].over(durationMs, failed)
  }

  onPublish(confirmed: boolean): void {
    this.publishes[confirmed ? 'confirmed' : 'unconfirmed']++
  }
}
