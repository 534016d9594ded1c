import type { Connection } from './Connection.js'

export interface ConnectorOptions {
  /** How many connections to keep. */
  readonly size: number
  /** Must end by itself. */
  readonly open: () => Promise<Connection>
  readonly onOpen: (connection: Connection) => void
  readonly onFailure: (error: unknown) => void
}

/**
 * If no connection is open and an attempt takes longer than this, another one is started: a lost packet may have left
 * the first one waiting, although Postgres is back.
 */
const SLOW_ATTEMPT_MS = 1_500
/** Connections that break one after the other (because of `idle_session_timeout`, say) are replaced once a second. */
const REFILL_EVERY_MS = 1_000

/**
 * Makes connections in the background. A caller's deadline does not end an attempt: a connection that opens late is
 * kept for the next request. So a Postgres that is far away, or slow to accept connections, can be used too.
 */
export class Connector {
  readonly #options: ConnectorOptions
  readonly #open = new Set<Connection>()
  readonly #attempts = new Set<{ readonly beganAtMs: number }>()
  #wasEverOpen = false
  #isClosed = false
  #filledAtMs = Number.NEGATIVE_INFINITY
  #refill: NodeJS.Timeout | undefined
  #onEmpty: () => void = () => {}

  constructor(options: ConnectorOptions) {
    this.#options = options
  }

  get openCount(): number {
    return [...this.#open].filter(({ isWell }) => isWell).length
  }

  get wasEverOpen(): boolean {
    return this.#wasEverOpen
  }

  /** Makes all missing connections. If there is none yet, makes only one, which shows whether Postgres is up. */
  fill(): void {
    this.#filledAtMs = performance.now()
    const wanted = this.openCount === 0 ? 1 : this.#options.size
    this.#attempt(wanted - this.openCount - this.#attempts.size)
  }

  /** Makes connections for this many waiting statements, up to the pool's size. */
  connectFor(waiting: number): void {
    if (this.openCount === 0) this.#attempt(this.#hasFreshAttempt() ? 0 : 1)
    else this.#attempt(Math.min(waiting, this.#options.size - this.openCount) - this.#attempts.size)
  }

  /** Leaves the place of a connection that is about to be closed to somebody else. */
  postponeRefill(): void {
    this.#filledAtMs = performance.now()
  }

  /** Resolves when all open connections have ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
  }

  #hasFreshAttempt(): boolean {
    const nowMs = performance.now()
    return [...this.#attempts].some(({ beganAtMs }) => nowMs - beganAtMs < SLOW_ATTEMPT_MS)
  }

  #attempt(howMany: number): void {
    if (!this.#isClosed) for (let i = 0; i < howMany; i++) void this.#attemptOne()
  }

  async #attemptOne(): Promise<void> {
    const attempt = { beganAtMs: performance.now() }
    this.#attempts.add(attempt)
    let connection: Connection
    try {
      connection = await this.#options.open()
    } catch (error) {
      this.#attempts.delete(attempt)
      if (!this.#isClosed) this.#options.onFailure(error)
      return
    }
    this.#attempts.delete(attempt)
    this.#keep(connection)
  }

  #keep(connection: Connection): void {
    if (this.#isClosed || this.openCount >= this.#options.size) {
      connection.destroy()
      return
    }
    this.#wasEverOpen = true
    this.#open.add(connection)
    connection.onceGone(() => this.#lose(connection))
    this.#options.onOpen(connection)
    this.fill()
  }

  #lose(connection: Connection): void {
    this.#open.delete(connection)
    if (this.#isClosed) {
      if (this.#open.size === 0) this.#onEmpty()
      return
    }
    const dueInMs = Math.max(0, this.#filledAtMs + REFILL_EVERY_MS - performance.now())
    clearTimeout(this.#refill)
    this.#refill = setTimeout(() => this.fill(), dueInMs)
    this.#refill.unref()
  }
}
