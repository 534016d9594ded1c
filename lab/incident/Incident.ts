import type { Diagram } from '../diagram/sequence.js'
import type { Way } from '../ways.js'

/** How one stale page came about, reconstructed from the record. */
export interface Incident {
  readonly id: number
  readonly way: Way
  /** The fault's id. */
  readonly fault: string
  /** The version that was shown, and the one that had been answered. */
  readonly shown: number
  readonly missed: number
  /** How long before the visitor came the missed write was answered. */
  readonly lateMs: number
  readonly sentence: string
  readonly diagram: Diagram
  /** The line of the way's code that made the page stale; 0 if there is none. */
  readonly line: number
}
