import type { Entry, Violation } from './history.js'
import { durationMs, type Metrics } from './metrics.js'
import type { Phase } from './phase.js'

// The contract says 0.5 s, a lease and 100 ms, and 2 s; a busy machine gets some time of its own. What a healthy
// one needs is in the table.
const SLOWEST_LOAD_MS = 2_000
const SLOWEST_WRITE_MS = { none: 2_000, writes: 4_500, any: Number.POSITIVE_INFINITY }
const MAX_HEALING_MS = 3_000

/** As long as the app waits for memcached. Beyond that the machine, not the app, may have been late. */
const MACHINE_TOO_LATE_MS = 50

/** Errors and delays of a phase's requests that the contract does not allow there. */
export function unavailability(phase: Phase, entries: readonly Entry[], metrics: Metrics): Violation[] {
  const found = [...brokenAnswers(entries), ...neverHealed(metrics)]
  if (metrics.machineLateMs < MACHINE_TOO_LATE_MS) found.push(...lateOrMissing(phase, entries, metrics))
  return found.map((message) => ({ column: 'availability', phase: phase.name, message }))
}

/** Whatever the machine is like, there is an answer for every fault, and it is never 500. */
function brokenAnswers(entries: readonly Entry[]): string[] {
  const isBroken = ({ failure }: Entry) => failure?.status !== undefined && failure.status !== 503
  return complain('requests had an answer that nobody should get', entries.filter(isBroken))
}

function neverHealed({ healedAfterMs }: Metrics): string[] {
  return Number.isFinite(healedAfterMs) ? [] : ['a process never had a hit again']
}

function lateOrMissing(phase: Phase, entries: readonly Entry[], { healedAfterMs }: Metrics): string[] {
  const loads = entries.filter(({ kind }) => kind === 'load')
  const writes = entries.filter(({ kind }) => kind !== 'load')
  const mustBeCurrent = phase.mayFail === 'none' ? loads : []
  const mustBeQuick = phase.mayFail === 'any' ? [] : loads
  return [
    ...complain(
      'requests failed that must not',
      entries.filter((entry) => entry.failure && !mayFail(phase, entry)),
    ),
    ...complain(
      'pages were not current',
      mustBeCurrent.filter((load) => load.kind === 'load' && load.answer?.current === false),
    ),
    ...complain(
      'page loads were slow',
      mustBeQuick.filter((load) => durationMs(load) > SLOWEST_LOAD_MS),
    ),
    ...complain(
      'writes were slow',
      writes.filter((write) => durationMs(write) > SLOWEST_WRITE_MS[phase.mayFail]),
    ),
    ...(healedAfterMs > MAX_HEALING_MS ? [`healed only after ${healedAfterMs.toFixed(0)} ms`] : []),
  ]
}

/** Only the front page is known while Postgres is down. */
function mayFail({ mayFail }: Phase, entry: Entry): boolean {
  const isFrontPage = entry.kind === 'load' && entry.after === 0
  return mayFail === 'any' || (mayFail === 'writes' && !isFrontPage)
}

function complain(what: string, entries: readonly Entry[]): string[] {
  const [first] = entries
  if (!first) return []
  const outcome = first.failure?.reason ?? 'answered'
  const example = `${first.kind} at ${first.process}: ${outcome} after ${durationMs(first).toFixed(0)} ms`
  return [`${entries.length} ${what}, the first a ${example}`]
}
