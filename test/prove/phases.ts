import type { Phase } from './phase.js'
import { cachePhases } from './phases/cache.js'
import { calmPhases } from './phases/calm.js'
import { neighbourPhases } from './phases/neighbour.js'
import { otherHandsPhases } from './phases/otherHands.js'
import { postgresPhases } from './phases/postgres.js'
import { processPhases } from './phases/processes.js'

/** All the trouble that a full run makes, in this order. */
export const PHASES: readonly Phase[] = [
  ...calmPhases,
  ...neighbourPhases,
  ...cachePhases,
  ...processPhases,
  ...postgresPhases,
  ...otherHandsPhases,
]
