import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../faults/Fault.js'
import { CALM, FAULTS } from '../faults/faults.js'
import { type Metrics, metricsOf } from '../metrics/metrics.js'
import type { Contender } from '../run/Contender.js'
import { Experiment } from '../run/Experiment.js'
import { Servers } from '../servers/Servers.js'
import type { Way } from '../ways.js'

/** A pause between two faults, in which everything recovers and each way makes a write. */
const REST_MS = 1_000

/** What one fault did to one way. */
export interface Measurement extends Metrics {
  readonly way: Way['id']
  readonly fault: string
  readonly stale: number
  /** The longest time between a write's answer and a page load that did not show it; 0 if none was stale. */
  readonly oldestMs: number
  /** Queries to Postgres for each page load. */
  readonly queriesPerLoad: number
}

export interface Effort {
  readonly loadsPerSecond: number
  /** How long each fault lasts. */
  readonly faultMs: number
}

/** Plays every fault on every way. @param progress called with each fault when it is over */
export async function measure(effort: Effort, progress: (fault: Fault) => void): Promise<Measurement[]> {
  const servers = await Servers.start()
  const experiment = new Experiment(servers, effort.loadsPerSecond)
  try {
    experiment.begin()
    await pause(REST_MS)
    const results: Measurement[] = []
    for (const fault of [CALM, ...FAULTS]) {
      results.push(...(await measureFault(fault, servers, experiment, effort.faultMs)))
      progress(fault)
    }
    return results
  } finally {
    await experiment.end()
    await servers.stop()
  }
}

async function measureFault(
  fault: Fault,
  servers: Servers,
  experiment: Experiment,
  faultMs: number,
): Promise<Measurement[]> {
  for (const contender of experiment.contenders) contender.take()
  const before = await servers.queries()
  // With a query of 2 s it takes several queries to show anything.
  await experiment.play(fault, Math.max(faultMs, 3 * (fault.slowQueryMs ?? 0)))
  const after = await servers.queries()
  const measured = experiment.contenders.map((contender) => {
    const { databaseName } = contender.running
    const queries = (after.get(databaseName) ?? 0) - (before.get(databaseName) ?? 0)
    return { contender, queries, taken: contender.take() }
  })
  await pause(REST_MS)
  return measured.map(({ contender, queries, taken }) => result(fault, contender, queries, taken))
}

function result(
  fault: Fault,
  { running }: Contender,
  queries: number,
  taken: ReturnType<Contender['take']>,
): Measurement {
  // A request that began before the fault is not counted for it.
  const entries = taken.entries.filter(({ phase }) => phase === fault.id)
  const stale = taken.stale.filter(({ load }) => load.phase === fault.id)
  const metrics = metricsOf(entries)
  return {
    way: running.way.id,
    fault: fault.id,
    ...metrics,
    stale: stale.length,
    oldestMs: Math.max(0, ...stale.map(({ ageMs }) => ageMs)),
    queriesPerLoad: queries / Math.max(1, metrics.loads),
  }
}
