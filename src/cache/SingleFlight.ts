/**
 * Lets many callers share one run of a task, but never one that started before they needed it: a query that is
 * already under way may have read before a write that this caller's visitor has seen answered.
 * Two runs never overlap, so at most one more follows for all who came too late.
 */
export class SingleFlight<T> {
  readonly #task: () => Promise<T>
  #running: { readonly startedAtMs: number; readonly result: Promise<T> } | undefined
  #following: Promise<T> | undefined

  constructor(task: () => Promise<T>) {
    this.#task = task
  }

  /** The result of a run that started after this moment (of `performance.now()`). */
  startedAfter(momentMs: number): Promise<T> {
    if (!this.#running) return this.#start()
    if (this.#running.startedAtMs > momentMs) return this.#running.result
    this.#following ??= this.#running.result.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#following
  }

  /** Resolves once the run under way is over, if it started at this moment or before. Undefined if there is none. */
  endOfEarlier(momentMs: number): Promise<void> | undefined {
    if (!this.#running || this.#running.startedAtMs > momentMs) return undefined
    return this.#running.result.then(ignore, ignore)
  }

  #start(): Promise<T> {
    this.#following = undefined
    const run = { startedAtMs: performance.now(), result: this.#task() }
    this.#running = run
    const end = () => {
      this.#running = undefined
    }
    run.result.then(end, end)
    return run.result
  }
}

/**
 * Lets all who call in one tick of the event loop share one run (as DataLoader does). It starts at the end of the tick,
 * after all of them, so nobody asks whether it started too early. Runs may overlap.
 */
export function batchPerTick<T>(task: () => Promise<T>): () => Promise<T> {
  let thisTick: Promise<T> | undefined
  return () => {
    thisTick ??= new Promise((resolve) => {
      setImmediate(() => {
        thisTick = undefined
        resolve(task())
      })
    })
    return thisTick
  }
}

function ignore(): void {}
