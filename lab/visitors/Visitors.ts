import { setTimeout as pause } from 'node:timers/promises'
import type { Add, Entry, Load, Remove } from '../../test/prove/history.js'
import { Client, type Target } from './Client.js'

const LOADERS_PER_PROCESS = 3
const WRITES_PER_LOAD = 0.1
/** The queue gets no longer than this. */
const MAX_LENGTH = 6
const AFTER_FAILURE_MS = 50

/** What the visitors of every way do. It can be changed while they run. */
export interface Behaviour {
  /** Page loads a second, on both processes together. */
  loadsPerSecond: number
  /** Whether one visitor writes, on process A, or one on each process at the same moment. */
  writers: 'one' | 'two at once'
  /** The fault that is being played. It is noted with each request. */
  phase: string
}

/**
 * The users of one way. Some only load pages, on both processes. One or two write, and load the page right
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

  /** Waits until the last request has an answer or has failed. */
  async end(): Promise<void> {
    this.#isOpen = false
    await Promise.all(this.#working)
    this.#client.close()
  }

  async load(target: Target): Promise<Load> {
    return this.#noted(await this.#client.load(target, this.#behaviour.phase))
  }

  /** Adds an item or removes the oldest, so that the queue stays short. */
  async write(target: Target): Promise<Add | Remove> {
    const { phase } = this.#behaviour
    const number = ++this.#writes
    const isAdd = this.#length < MAX_LENGTH / 2 || (this.#length < MAX_LENGTH && number % 2 === 0)
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

/** Waits about this long, counted from the start: half to one and a half times, so that visitors don't move in step. */
async function untilNext(startedAtMs: number, intervalMs: number): Promise<void> {
  const wantedMs = intervalMs * (0.5 + Math.random())
  await pause(Math.max(0, startedAtMs + wantedMs - performance.now()))
}
