import { readersOfEach, WRITERS } from '../../src/db/postgres/poolSizes.js'
import { minus, plus, times, type UnitCost, type UnitCosts } from './units.js'

/** What web processes do, in a run or in a second. */
export interface Operations {
  readonly loads: number
  readonly versionChecks: number
  readonly adds: number
  readonly addsInOneCommit: number
}

/** What this many web processes need each second at full load. */
export interface Plan {
  readonly processes: number
  readonly loads: number
  readonly adds: number
  /** In processors and bytes. */
  readonly postgres: { readonly checks: number; readonly adds: number; readonly bytes: number }
  readonly memcached: { readonly processors: number; readonly bytes: number }
  readonly connections: number
}

/** A lease of 200 ms is renewed at half time. */
export const CHECKS_PER_SECOND = 10
/** As if each has a machine of its own. */
const CONNECTIONS_PER_PROCESS = readersOfEach(1) + WRITERS
/** A web process with a higher load answers late. */
const BUSY = 0.6
/** How many page loads there are for one add. */
const LOADS_FOR_AN_ADD = 100

/** The cost of these operations together. */
export function predict(
  units: UnitCosts,
  { loads, versionChecks, adds, addsInOneCommit }: Operations,
): UnitCost {
  return [
    times(units.hit, loads),
    times(units.versionCheck, versionChecks),
    times(costOfAdd(units, addsInOneCommit), adds),
  ].reduce(plus)
}

/**
 * Each process serves as many hits as its processor allows. Adds grow with them, up to the limit of the queue's one
 * row.
 */
export function planFor(units: UnitCosts, processes: number): Plan {
  const loads = processes * (BUSY / (units.hit.cpuUs.web / 1e6))
  const adds = Math.min(loads / LOADS_FOR_AN_ADD, maxAddsPerSecond(units))
  const operations = { loads, versionChecks: processes * CHECKS_PER_SECOND, adds, addsInOneCommit: 1 }
  const total = predict(units, operations)
  const withoutAdds = predict(units, { ...operations, adds: 0 })
  return {
    processes,
    loads,
    adds,
    postgres: {
      checks: withoutAdds.cpuUs.postgres / 1e6,
      adds: minus(total, withoutAdds).cpuUs.postgres / 1e6,
      bytes: total.bytes.postgres,
    },
    memcached: { processors: total.cpuUs.memcached / 1e6, bytes: total.bytes.memcached },
    connections: processes * CONNECTIONS_PER_PROCESS,
  }
}

/** Writers of the queue's row wait for each other, so adds can use only one processor of Postgres. */
export function maxAddsPerSecond({ addAlone }: UnitCosts): number {
  return 1e6 / addAlone.cpuUs.postgres
}

/** Adds in one commit share its fixed cost: a line through the cost of one add alone and of one among many. */
function costOfAdd({ addAlone, addTogether, addsInOneCommit }: UnitCosts, inOneCommit: number): UnitCost {
  const shared = 1 / Math.max(1, inOneCommit) - 1 / addsInOneCommit
  const fixed = times(minus(addAlone, addTogether), 1 / (1 - 1 / addsInOneCommit))
  return shared >= 0 ? plus(addTogether, times(fixed, shared)) : minus(addTogether, times(fixed, -shared))
}
