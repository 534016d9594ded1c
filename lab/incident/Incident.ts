import type { Diagram } from '../diagram/sequence.js'
import type { Way } from '../ways.js'

/** How one stale page came about, told from what was recorded at that moment. */
export interface Incident {
  readonly id: number
  readonly way: Way
  /** The fault's id. */
  readonly fault: string
  /** The version that was shown, and the one that had been answered. */
  readonly shown: number
  readonly missed: number
  /** How long before the visitor came that had been answered. */
  readonly lateMs: number
  readonly sentence: string
  readonly diagram: Diagram
  /** The line of the way's code that did it; 0 if there is none. */
  readonly line: number
}
