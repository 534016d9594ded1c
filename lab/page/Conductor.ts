import type { Fault } from '../faults/Fault.js'
import { CALM, FAULTS } from '../faults/faults.js'
import type { Experiment } from '../run/Experiment.js'

/** Plays the faults whose buttons are pressed on the page, one after the other. */
export class Conductor {
  readonly #experiment: Pick<Experiment, 'play' | 'cutShort'>
  #waiting: Fault[] = []
  #playing: Fault | undefined
  #endsAtMs = 0
  #work: Promise<void> | undefined
  #failure: unknown

  constructor(experiment: Pick<Experiment, 'play' | 'cutShort'>) {
    this.#experiment = experiment
  }

  /** Which fault is being played, and how long it still lasts. */
  get now(): { readonly fault: Fault; readonly leftMs: number; readonly waiting: number } | undefined {
    if (this.#failure) throw this.#failure
    if (!this.#playing) return undefined
    const leftMs = Math.max(0, this.#endsAtMs - performance.now())
    return { fault: this.#playing, leftMs, waiting: this.#waiting.length }
  }

  /** Plays one fault now, and drops those that are played or wait. */
  play(fault: Fault): void {
    this.#playAll([fault])
  }

  /** All of them, in turn. */
  tour(): void {
    this.#playAll([CALM, ...FAULTS])
  }

  /** Ends the fault that is played. Resolves when everything is repaired. */
  async stop(): Promise<void> {
    this.#waiting = []
    this.#experiment.cutShort()
    await this.#work
  }

  #playAll(faults: readonly Fault[]): void {
    this.#waiting = [...faults]
    this.#experiment.cutShort()
    this.#work ??= this.#playWaiting()
      .catch((error: unknown) => {
        this.#failure = error
      })
      .finally(() => {
        this.#work = undefined
      })
  }

  async #playWaiting(): Promise<void> {
    for (let fault = this.#waiting.shift(); fault; fault = this.#waiting.shift()) {
      this.#playing = fault
      this.#endsAtMs = performance.now() + fault.lastsMs
      await this.#experiment.play(fault, fault.lastsMs)
      this.#playing = undefined
    }
  }
}
