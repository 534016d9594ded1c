import { setImmediate as endOfTurn } from 'node:timers/promises'
import { OVERSLEPT_MS, withinDeadline } from '../cache/deadline.js'
import { WRITE_MARGIN_MS } from '../db/Database.js'
import { hitLockTimeout, tooLate, wasRefused } from '../db/errors.js'

interface WriteBatcherOptions<W, R> {
  /** Makes all of these changes or none, within `deadlineMs` or never. Answers for each. */
  readonly send: (writes: readonly W[], deadlineMs: number) => Promise<readonly R[]>
  /** No caller waits longer than this. */
  readonly deadlineMs: number
}

/** Bounds statement size and latency. */
const MAX_BATCH_SIZE = 100

/** With less time than this left for Postgres, a write is not sent any more. */
const MIN_BUDGET_MS = 50

/** A write that waits for its answer. */
class PendingWrite<W, R> {
  readonly write: W
  readonly answer: Promise<R>
  resolve: (result: R) => void = () => {}
  reject: (error: unknown) => void = () => {}
  /** Whether the caller has its answer, or has given up. */
  isOver = false
  readonly #deadlineMs: number
  #expiresAtMs: number
  #isExtended = false

  constructor(write: W, deadlineMs: number) {
    this.write = write
    this.#deadlineMs = deadlineMs
    this.#expiresAtMs = performance.now() + deadlineMs
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** How long the caller still waits. */
  get leftMs(): number {
    // The process was asleep, and the caller's timer, which will extend it, has not fired yet.
    if (this.#expiresAtMs - performance.now() < -OVERSLEPT_MS) this.extend()
    return this.#expiresAtMs - performance.now()
  }

  /** Whether the caller still waits, and the database has time to refuse it. */
  get isWorthSending(): boolean {
    return !this.isOver && this.leftMs > WRITE_MARGIN_MS + MIN_BUDGET_MS
  }

  /** Once, as `withinDeadline` does it: the caller waits for the whole time again from now on. */
  extend(): void {
    if (!this.#isExtended) this.#expiresAtMs = performance.now() + this.#deadlineMs
    this.#isExtended = true
  }
}

/**
 * Group commit: sends the writes of one turn of the event loop as one batch, and then all that have come meanwhile as the
 * next one. In the database they would wait for one another anyway. So they share a round trip and a wait for the disk.
 */
export class WriteBatcher<W, R> {
  readonly #options: WriteBatcherOptions<W, R>
  #pending: PendingWrite<W, R>[] = []
  #isSending = false

  constructor(options: WriteBatcherOptions<W, R>) {
    this.#options = options
  }

  /** @throws DatabaseUnavailable after the deadline; a write that was not sent by then is never sent */
  async write(write: W): Promise<R> {
    const { deadlineMs } = this.#options
    const pending = new PendingWrite<W, R>(write, deadlineMs)
    this.#pending.push(pending)
    if (!this.#isSending) void this.#sendPending()
    try {
      const onLate = () => tooLate(deadlineMs)
      return await withinDeadline(deadlineMs, pending.answer, onLate, () => pending.extend())
    } finally {
      pending.isOver = true
    }
  }

  async #sendPending(): Promise<void> {
    this.#isSending = true
    while (this.#pending.length > 0) {
      await endOfTurn() // so that the requests that have arrived already come along
      await this.#sendBatch(this.#pending.splice(0, MAX_BATCH_SIZE))
    }
    this.#isSending = false
  }

  /** Leaves out the writes whose callers have given up, or would before Postgres could refuse them. */
  async #sendBatch(writes: readonly PendingWrite<W, R>[]): Promise<void> {
    const batch = writes.filter(({ isWorthSending }) => isWorthSending)
    if (batch.length === 0) return
    try {
      // The caller who gives up first decides: a write that was refused because it took too long must not happen later.
      const deadlineMs = Math.min(...batch.map(({ leftMs }) => leftMs))
      const results = await this.#options.send(
        batch.map(({ write }) => write),
        deadlineMs,
      )
      for (const [index, result] of results.entries()) batch[index]?.resolve(result)
    } catch (error) {
      await this.#handleFailure(batch, error)
    }
  }

  async #handleFailure(batch: readonly PendingWrite<W, R>[], error: unknown): Promise<void> {
    if (batch.length > 1 && hitLockTimeout(error)) {
      // The oldest has no time left. The others are sent again without it.
      const [oldest, ...others] = batch
      oldest?.reject(error)
      this.#pending.unshift(...others)
    } else if (batch.length > 1 && wasRefused(error)) {
      // Perhaps only one of them is wrong.
      for (const one of batch) await this.#sendBatch([one])
    } else {
      // The connection broke: they may have happened, and must not happen twice.
      for (const { reject } of batch) reject(error)
    }
  }
}
