import type { Fault } from '../faults/Fault.js'
import { CALM } from '../faults/faults.js'
import { Timebox } from '../faults/Timebox.js'
import type { Servers } from '../servers/Servers.js'
import type { Behaviour } from '../visitors/Visitors.js'
import { Contender } from './Contender.js'

/** Runs the same visitors on every way at once, and one fault after the other. */
export class Experiment {
  readonly contenders: readonly Contender[]
  readonly #behaviour: Behaviour
  #time: Timebox | undefined
  #isCutShort = false

  constructor({ ways }: Servers, loadsPerSecond: number) {
    this.#behaviour = { loadsPerSecond, writers: CALM.writers, phase: CALM.id }
    this.contenders = ways.map((way) => new Contender(way, this.#behaviour))
  }

  get loadsPerSecond(): number {
    return this.#behaviour.loadsPerSecond
  }

  set loadsPerSecond(rate: number) {
    this.#behaviour.loadsPerSecond = rate
  }

  begin(): void {
    for (const { visitors } of this.contenders) visitors.begin()
  }

  /** Plays a fault on every way. Everything is repaired when it resolves. */
  async play(fault: Fault, lastsMs: number): Promise<void> {
    const { slowQueryMs = 0 } = fault
    this.#isCutShort = false
    Object.assign(this.#behaviour, { writers: fault.writers, phase: fault.id })
    if (slowQueryMs > 0) await this.#setSlowQuery(slowQueryMs)
    const time = new Timebox(lastsMs)
    if (this.#isCutShort) time.close()
    this.#time = time
    await Promise.all(this.contenders.map(({ running, visitors }) => fault.play(running, visitors, time)))
    this.#time = undefined
    if (slowQueryMs > 0) await this.#setSlowQuery(0)
    Object.assign(this.#behaviour, { writers: CALM.writers, phase: CALM.id })
  }

  /** Ends the fault that is being played, if there is one. */
  cutShort(): void {
    this.#isCutShort = true
    this.#time?.close()
  }

  async end(): Promise<void> {
    this.cutShort()
    await Promise.all(this.contenders.map(({ visitors }) => visitors.end()))
  }

  /** One way after the other: on two cores many starts at once take longer than they would in turn. */
  async #setSlowQuery(slowQueryMs: number): Promise<void> {
    for (const { running } of this.contenders) await running.setSlowQuery(slowQueryMs)
  }
}
