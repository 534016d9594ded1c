import { setTimeout as pause } from 'node:timers/promises'
import type { Add, Entry, Load, Remove } from '../../test/prove/history.js'
import { Client, type Target } from './Client.js'

const LOADERS_PER_PROCESS = 3
const WRITES_PER_LOAD = 0.1
/** The queue grows to this length and shrinks again. */
const USUAL_LENGTH = 6
const AFTER_FAILURE_MS = 50

/** What the visitors do; it can be changed while they do it, and every way's visitors share it. */
export interface Behaviour {
  /** Page loads a second, on both processes together. */
  loadsPerSecond: number
  /** Whether a visitor of each process writes, at the same moment, or only one of A. */
  writers: 'one' | 'two at once'
  /** What goes on at the moment; each request is noted with it. */
  phase: string
}

/**
 * The people who use one way: some who only load pages, on both processes, and one or two who write, and load right
 * afterwards on the other process.
 */
export class Visitors {
  readonly #a: Target
  readonly #b: Target
  readonly #behaviour: Readonly<Behaviour>
  readonly #note: (entry: Entry) => void
  readonly #client = new Client()
  #working: Promise<void>[] = []
  #isOpen = false
  #writes = 0
  #length = 0

  constructor(
    { a, b }: { readonly a: Target; readonly b: Target },
    behaviour: Readonly<Behaviour>,
    note: (entry: Entry) => void,
  ) {
    this.#a = a
    this.#b = b
    this.#behaviour = behaviour
    this.#note = note
  }

  begin(): void {
    this.#isOpen = true
    const loaders = [this.#a, this.#b].flatMap(
      (target) => Array(LOADERS_PER_PROCESS).fill(target) as Target[],
    )
    this.#working = [
      this.#keepWriting(),
      ...loaders.map((target) => this.#keepLoading(target, loaders.length)),
    ]
  }

  /** Waits until the last of them has an answer, or has none. */
  async end(): Promise<void> {
    this.#isOpen = false
    await Promise.all(this.#working)
    this.#client.close()
  }

  async load(target: Target): Promise<Load> {
    return this.#noted(await this.#client.load(target, this.#behaviour.phase))
  }

  /** Adds something, or takes the oldest off, by turns that keep the queue short. */
  async write(target: Target): Promise<Add | Remove> {
    const { phase } = this.#behaviour
    const number = ++this.#writes
    const isAdd = this.#length < USUAL_LENGTH / 2 || (this.#length < USUAL_LENGTH && number % 2 === 0)
    const write = isAdd
      ? await this.#client.add(target, phase, `ticket ${number}`)
      : await this.#client.remove(target, phase)
    this.#length = write.answer?.length ?? this.#length
    return this.#noted(write)
  }

  async #keepLoading(target: Target, loaders: number): Promise<void> {
    while (this.#isOpen) {
      const startedAtMs = performance.now()
      const { failure } = await this.load(target)
      if (failure) await pause(AFTER_FAILURE_MS)
      await untilNext(startedAtMs, (1_000 * loaders) / this.#behaviour.loadsPerSecond)
    }
  }

  async #keepWriting(): Promise<void> {
    while (this.#isOpen) {
      const startedAtMs = performance.now()
      const first = this.#writeAndLoad(this.#a, this.#b)
      await Promise.all(
        this.#behaviour.writers === 'one' ? [first] : [first, this.#writeAndLoad(this.#b, this.#a)],
      )
      await untilNext(startedAtMs, 1_000 / (this.#behaviour.loadsPerSecond * WRITES_PER_LOAD))
    }
  }

  async #writeAndLoad(target: Target, other: Target): Promise<void> {
    const { failure } = await this.write(target)
    if (failure) await pause(AFTER_FAILURE_MS)
    else await this.load(other)
  }

  #noted<E extends Entry>(entry: E): E {
    this.#note(entry)
    return entry
  }
}

/** Waits about that long since the start: half to one and a half times, so that nobody keeps in step with others. */
async function untilNext(startedAtMs: number, intervalMs: number): Promise<void> {
  const wantedMs = intervalMs * (0.5 + Math.random())
  await pause(Math.max(0, startedAtMs + wantedMs - performance.now()))
}
