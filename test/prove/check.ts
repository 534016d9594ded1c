import { staleLoads, writesOutOfOrder } from './check/fresh.js'
import { lostOrTwice } from './check/nothingLost.js'
import { contradictions, loadsThatWentBack } from './check/oneHistory.js'
import type { Entry, Violation } from './history.js'

/** Finds everything in a history that breaks the contract's promises about the queue's contents. O(n log n). */
export function violationsIn(history: readonly Entry[]): Violation[] {
  return [
    ...staleLoads(history),
    ...loadsThatWentBack(history),
    ...contradictions(history),
    ...writesOutOfOrder(history),
    ...lostOrTwice(history),
  ]
}
