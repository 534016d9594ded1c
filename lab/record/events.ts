/** One thing that a process of a way did, as it was recorded. */
export interface WayEvent {
  /** The process: A or B. */
  readonly process: string
  /** The request during which it was done (`X-Request-Id`). */
  readonly request: string
  readonly action: Action
  readonly outcome: 'done' | 'refused' | 'failed'
  /** What was loaded, committed, found or stored; null is nothing. */
  readonly version: number | null
  /** When it was asked for, and when the answer was there: milliseconds since 1970, with fractions. */
  readonly sentAtMs: number
  readonly atMs: number
  /** The line of the way's own code that did it; 0 is not known. */
  readonly line: number
}

export type Action = 'load' | 'commit' | 'get' | 'set' | 'delete'
