import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../support/FaultyProxy.js'
import type { Cluster } from './cluster.js'
import type { Entry } from './history.js'
import type { Random } from './random.js'
import type { Web } from './web.js'

/** One run of a phase: the servers that it may break, and the time it takes. */
export class PhaseRun {
  readonly cluster: Cluster
  readonly random: Random
  readonly phase: string
  /** Adds to the history what somebody other than a visitor did. */
  readonly note: (entries: readonly Entry[]) => void
  readonly #endsAtMs: number

  constructor(
    cluster: Cluster,
    random: Random,
    { phase, lastsMs, note }: Pick<PhaseRun, 'phase' | 'note'> & { readonly lastsMs: number },
  ) {
    this.cluster = cluster
    this.random = random
    this.phase = phase
    this.note = note
    this.#endsAtMs = performance.now() + lastsMs
  }

  get lasts(): boolean {
    return performance.now() < this.#endsAtMs
  }

  get anyWeb(): Web {
    return this.random.oneOf(this.cluster.webs)
  }

  /** Waits between `minMs` and `maxMs`, but not past the end of the phase. */
  async pause(minMs: number, maxMs = minMs): Promise<void> {
    const wantedMs = this.random.between(minMs, maxMs)
    await pause(Math.max(0, Math.min(wantedMs, this.#endsAtMs - performance.now())))
  }

  /** Repeats the action, with a pause after each, until the phase ends. */
  async repeat(pauseMs: readonly [number, number], action: () => Promise<unknown>): Promise<void> {
    while (this.lasts) {
      await action()
      await this.pause(...pauseMs)
    }
  }

  /** Breaks the network between some processes and memcached, or Postgres. */
  async disturb(what: 'memcached' | 'postgres', fault: Fault, webs = this.cluster.webs): Promise<void> {
    await Promise.all(webs.map((web) => web[what].setFault(fault)))
  }

  async healWays(webs = this.cluster.webs): Promise<void> {
    await Promise.all(webs.flatMap((web) => [web.memcached.heal(), web.postgres.heal()]))
  }
}
