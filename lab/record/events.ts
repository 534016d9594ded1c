/** One operation of a way's process, as it was recorded. */
export interface WayEvent {
  /** A or B. */
  readonly process: string
  /** The request during which it was done (`X-Request-Id`). */
  readonly request: string
  readonly action: Action
  readonly outcome: 'done' | 'refused' | 'failed'
  /** The version that was loaded, committed, found or stored; null if none. */
  readonly version: number | null
  /** When it was sent and when it was answered: milliseconds since 1970, with fractions. */
  readonly sentAtMs: number
  readonly atMs: number
  /** The line of the way's own code that did it; 0 if not known. */
  readonly line: number
}

export type Action = 'load' | 'commit' | 'get' | 'set' | 'delete'
