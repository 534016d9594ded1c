import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../support/FaultyProxy.js'
import type { Cluster } from './cluster.js'
import type { Entry } from './history.js'
import type { Random } from './random.js'
import type { Web } from './web.js'

/** What a phase makes its trouble with, for as long as it lasts. */
export class Stage {
  readonly cluster: Cluster
  readonly random: Random
  readonly phase: string
  /** Writes down what somebody did who is no visitor. */
  readonly note: (entries: readonly Entry[]) => void
  readonly #endsAtMs: number

  constructor(
    cluster: Cluster,
    random: Random,
    { phase, lastsMs, note }: Pick<Stage, 'phase' | 'note'> & { readonly lastsMs: number },
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

  /** Between these many milliseconds, but not past the end of the phase. */
  async pause(leastMs: number, mostMs = leastMs): Promise<void> {
    const wantedMs = this.random.between(leastMs, mostMs)
    await pause(Math.max(0, Math.min(wantedMs, this.#endsAtMs - performance.now())))
  }

  /** Does something again and again, with a pause in between, until the phase ends. */
  async again(pauseMs: readonly [number, number], deed: () => Promise<unknown>): Promise<void> {
    while (this.lasts) {
      await deed()
      await this.pause(...pauseMs)
    }
  }

  /** One fault for the way to memcached, or to Postgres, of some processes. */
  async disturb(what: 'memcached' | 'postgres', fault: Fault, webs = this.cluster.webs): Promise<void> {
    await Promise.all(webs.map((web) => web[what].setFault(fault)))
  }

  async healWays(webs = this.cluster.webs): Promise<void> {
    await Promise.all(webs.flatMap((web) => [web.memcached.heal(), web.postgres.heal()]))
  }
}
