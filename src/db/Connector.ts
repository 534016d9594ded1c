import type { Connection } from './Connection.js'

interface ConnectorOptions {
  /** How many connections to keep. */
  readonly size: number
  /** Must end by itself. */
  readonly open: () => Promise<Connection>
  readonly onOpen: (connection: Connection) => void
  readonly onFailure: (error: unknown) => void
}

interface Attempt {
  readonly beganAtMs: number
}

/**
 * An attempt that takes longer than this gets company while no connection is open: what it waits for may have been
 * lost on the way, and then it never ends well, even if Postgres has long been back.
 */
const SLOW_ATTEMPT_MS = 1_500
/** Connections that break one after the other (`idle_session_timeout`, say) are replaced once a second. */
const REFILL_EVERY_MS = 1_000

/**
 * Makes connections in the background. Nobody's deadline ends an attempt: one that succeeds late is kept for the next
 * request, so a Postgres that is far away or slow to let us in is reached all the same.
 */
export class Connector {
  readonly #options: ConnectorOptions
  readonly #open = new Set<Connection>()
  readonly #attempts = new Set<Attempt>()
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

  /** Makes all connections that are missing; before the others the first one, which finds out whether Postgres is there. */
  fill(): void {
    this.#filledAtMs = performance.now()
    const wanted = this.openCount === 0 ? 1 : this.#options.size
    this.#attempt(wanted - this.openCount - this.#attempts.size)
  }

  /** Makes connections for so many who wait, as far as there is room. */
  connectFor(waiting: number): void {
    if (this.openCount === 0) this.#attempt(this.#hasFreshAttempt() ? 0 : 1)
    else this.#attempt(Math.min(waiting, this.#options.size - this.openCount) - this.#attempts.size)
  }

  /** Ends all that are open, once they are no longer used. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#refill)
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
    if (this.#isClosed && this.#open.size === 0) this.#onEmpty()
    if (this.#isClosed) return
    const dueInMs = Math.max(0, this.#filledAtMs + REFILL_EVERY_MS - performance.now())
    clearTimeout(this.#refill)
    this.#refill = setTimeout(() => this.fill(), dueInMs)
    this.#refill.unref()
  }
}
