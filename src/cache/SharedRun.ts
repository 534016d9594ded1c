/**
 * Lets many callers share one run of a task, but never one that began before they needed it: a query that is
 * already under way may have read before a write that this caller's visitor has seen answered.
 * Two runs never overlap, so at most one more follows for all who came too late.
 */
export class SharedRun<T> {
  readonly #task: () => Promise<T>
  #running: { readonly beganAtMs: number; readonly result: Promise<T> } | undefined
  #following: Promise<T> | undefined

  constructor(task: () => Promise<T>) {
    this.#task = task
  }

  /** The result of a run that began after this moment (of `performance.now()`). */
  since(momentMs: number): Promise<T> {
    if (!this.#running) return this.#begin()
    if (this.#running.beganAtMs > momentMs) return this.#running.result
    this.#following ??= this.#running.result.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#following
  }

  /** Resolves once a run that began at this moment or before is over; undefined where there is none to wait for. */
  overdue(momentMs: number): Promise<void> | undefined {
    if (!this.#running || this.#running.beganAtMs > momentMs) return undefined
    return this.#running.result.then(ignore, ignore)
  }

  #begin(): Promise<T> {
    this.#following = undefined
    const run = { beganAtMs: performance.now(), result: this.#task() }
    this.#running = run
    const end = () => {
      if (this.#running === run) this.#running = undefined
    }
    run.result.then(end, end)
    return run.result
  }
}

/**
 * Lets all who call in one turn of the event loop share one run, which begins at the turn's end: after all of
 * them, so that none needs to ask whether it began too early. Unlike those of `SharedRun`, runs may overlap, and
 * nobody waits for one that came before.
 */
export class SharedTurn<T> {
  readonly #task: () => Promise<T>
  #thisTurn: Promise<T> | undefined

  constructor(task: () => Promise<T>) {
    this.#task = task
  }

  run(): Promise<T> {
    this.#thisTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#thisTurn = undefined
        resolve(this.#task())
      })
    })
    return this.#thisTurn
  }
}

function ignore(): void {}
