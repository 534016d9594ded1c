import { calm, slowQuery, twoWriters } from './calm.js'
import type { Fault } from './Fault.js'
import { cutOff, flush, killMemcached, stopMemcached } from './memcached.js'
import { freezeProcess, killProcess } from './processes.js'

/** What is compared in every table: what should be easy first. */
export const CALM: Fault = calm

/** All that can go wrong, in the order of the tour. */
export const FAULTS: readonly Fault[] = [
  twoWriters,
  slowQuery,
  flush,
  killMemcached,
  stopMemcached,
  cutOff,
  killProcess,
  freezeProcess,
]
