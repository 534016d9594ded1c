/**
 * Lets many callers share one run of a task, but never a run that started before they called. A query that is already
 * under way may miss a write that was answered before the call. Two runs never overlap. Those who call while one is
 * under way share the next one.
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

  /** Resolves at the end of a run that is under way and started at this moment or before. Undefined if there is none. */
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
 * Lets all calls in one tick of the event loop share one run, as DataLoader does. The run starts at the end of the
 * tick, after all of them, so it never started too early. Runs may overlap.
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
