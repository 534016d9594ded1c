import { setTimeout as pause } from 'node:timers/promises'
import { unavailability } from './availability.js'
import { violationsIn } from './check.js'
import type { Cluster } from './cluster.js'
import type { Entry, Violation } from './history.js'
import { sortLog } from './logLines.js'
import { healedAfterMs, type Metrics, metricsOf } from './metrics.js'
import type { Phase } from './phase.js'
import { PhaseRun } from './phaseRun.js'
import { Pulse } from './pulse.js'
import type { Random } from './random.js'
import type { Release } from './release.js'
import { Visitors } from './visitors.js'

/** All must be normal for that long before a phase ends. */
const NORMAL_FOR_MS = 700
const GIVE_UP_MS = 6_000

export interface PhaseResult {
  readonly phase: Phase
  readonly metrics: Metrics
  readonly violations: readonly Violation[]
  /** What the processes warned of, with how often they did. */
  readonly warnings: readonly string[]
}

/** Takes a cluster through phases, one after the other, with one record of all requests. */
export class Run {
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #history: Entry[] = []
  readonly #visitors: Visitors
  readonly #pulse = new Pulse()
  /** The violations found so far, so that each is reported with the phase that found it. */
  readonly #told = new Set<string>()

  constructor(cluster: Cluster, random: Random) {
    this.#cluster = cluster
    this.#random = random
    this.#visitors = new Visitors(cluster.webs, this.#history, random.fork())
  }

  async phase(phase: Phase, release: Release, lastsMs: number): Promise<PhaseResult> {
    const { env = {}, memcachedArgs = [], databaseSettings = {} } = phase
    await this.#cluster.setUp({ release, env, memcachedArgs, databaseSettings })
    await this.#visitors.waitUntilNormal()
    const before = this.#history.length
    const note = (entries: readonly Entry[]) => this.#history.push(...entries)
    const run = new PhaseRun(this.#cluster, this.#random.fork(), { phase: phase.name, lastsMs, note })
    this.#pulse.takeWorstMs()
    this.#visitors.begin(phase.name)
    await phase.trouble(run)
    await this.#cluster.heal()
    const healedAtMs = performance.now()
    await this.#normalAgain(before, healedAtMs)
    await this.#visitors.end()
    await this.#visitors.walk(phase.name)
    const machineLateMs = this.#pulse.takeWorstMs()
    return this.#evaluate(phase, this.#history.slice(before), healedAtMs, machineLateMs)
  }

  close(): void {
    this.#visitors.close()
    this.#pulse.stop()
  }

  /** Lets the visitors go on until all has been normal for a while; a phase that doesn't heal shows that itself. */
  async #normalAgain(from: number, healedAtMs: number): Promise<void> {
    const giveUpAtMs = healedAtMs + GIVE_UP_MS
    while (performance.now() < giveUpAtMs) {
      await pause(NORMAL_FOR_MS / 7)
      const normalSinceMs =
        healedAtMs + healedAfterMs(this.#history.slice(from), healedAtMs, this.#processes())
      if (performance.now() - normalSinceMs >= NORMAL_FOR_MS) return
    }
  }

  #evaluate(phase: Phase, entries: readonly Entry[], healedAtMs: number, machineLateMs: number): PhaseResult {
    const metrics = metricsOf(entries, healedAtMs, this.#processes(), machineLateMs)
    const ofContents = violationsIn(this.#history).filter(({ message }) => !this.#told.has(message))
    for (const { message } of ofContents) this.#told.add(message)
    const { errors, warnings } = sortLog(this.#cluster.webs.flatMap((web) => web.newLines()))
    const violations = [...ofContents, ...unavailability(phase, entries, metrics), ...logged(phase, errors)]
    return { phase, metrics, violations, warnings }
  }

  #processes(): string[] {
    return this.#cluster.webs.map(({ name }) => name)
  }
}

/** Nothing that the contract speaks of is an error in the log; a stale page that the app itself finds is one. */
function logged({ name: phase }: Phase, errors: readonly string[]): Violation[] {
  return errors.map((line) => ({ column: 'availability', phase, message: `logged: ${line}` }))
}
