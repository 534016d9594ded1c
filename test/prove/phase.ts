import type { PhaseRun } from './phaseRun.js'

/** One kind of trouble. That the queue stays fresh, is one history and loses nothing holds in every phase. */
export interface Phase {
  readonly name: string
  /** What the contract promises here besides. */
  readonly promise: string
  /**
   * Which requests may fail, or be answered with the last known page. `none`; `writes`, and pages may be last
   * known; `any`: those of a process that is killed, too. An answer of 500 never.
   */
  readonly mayFail: 'none' | 'writes' | 'any'
  /** Makes the trouble while the phase lasts. What it leaves broken is healed afterwards. */
  readonly trouble: (run: PhaseRun) => Promise<void>
  /** Further settings of the app. */
  readonly env?: Readonly<Record<string, string>>
  readonly memcachedArgs?: readonly string[]
  /** Defaults of the database that differ from Postgres's own. */
  readonly databaseSettings?: Readonly<Record<string, string>>
}

/** Phases in which no request may fail. */
export function allServed(
  phases: readonly (Pick<Phase, 'name' | 'trouble'> & Partial<Phase>)[],
): readonly Phase[] {
  return phases.map((phase) => ({ promise: 'every request is answered', mayFail: 'none', ...phase }))
}
