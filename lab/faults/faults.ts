import { calm, slowQuery, twoWriters } from './calm.js'
import type { Fault } from './Fault.js'
import { cutOff, flush, killMemcached, stopMemcached } from './memcached.js'
import { freezeProcess, killProcess } from './processes.js'

/** The easiest case, which the tables show first. */
export const CALM: Fault = calm

/** All faults, in the order of "Break everything, in turn". */
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
