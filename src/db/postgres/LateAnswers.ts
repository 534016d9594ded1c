import { NotConnectedYet, TooBusy, tooLate } from '../errors.js'
import type { Connector } from './Connector.js'
import type { Statement } from './Statement.js'

/** If a statement waited longer than this for one of our connections, its delay does not mean that Postgres is slow. */
const OWN_WAIT_MS = 50

/** Decides what a late answer means: that Postgres is down, or that this process has too many statements for it. */
export class LateAnswers {
  readonly #connector: Connector
  readonly #running: ReadonlySet<Statement>
  #lastAnswerAtMs = Number.NEGATIVE_INFINITY

  /** @param running the statements that have been sent and are not answered yet */
  constructor(connector: Connector, running: ReadonlySet<Statement>) {
    this.#connector = connector
    this.#running = running
  }

  /** Postgres has answered a statement, perhaps with an error. */
  noteAnswer(): void {
    this.#lastAnswerAtMs = performance.now()
  }

  /** The error for a caller who asked at this moment, and whose deadline has passed. */
  errorAtDeadline(statement: Statement, askedAtMs: number): Error {
    const { sentAtMs, lane, deadlineMs } = statement
    if (lane === 'write' && Number.isFinite(sentAtMs)) return tooLate(deadlineMs) // it may have happened
    const late = this.errorIfLate(statement)
    if (late) return late
    if (!this.#connector.wasEverOpen)
      return new NotConnectedYet('The first connection to Postgres is still being made')
    const isReserved = lane === 'check' || lane === 'page'
    if (this.#connector.openCount === 0 || (isReserved && this.#isSilentSince(askedAtMs))) {
      return tooLate(deadlineMs)
    }
    return new TooBusy()
  }

  /**
   * The error for a statement that took its whole time after it was sent; undefined for others. A heavy later page is
   * no outage, as long as Postgres answers others.
   */
  errorIfLate({ sentAtMs, lane, deadlineMs }: Statement): Error | undefined {
    if (performance.now() - sentAtMs < deadlineMs - OWN_WAIT_MS) return undefined
    return lane === 'bulk' && this.#lastAnswerAtMs > sentAtMs ? new TooBusy() : tooLate(deadlineMs)
  }

  /** Whether a statement that had been sent by this moment is unanswered, and no other has been answered since. */
  #isSilentSince(momentMs: number): boolean {
    const sentBefore = [...this.#running].some(({ sentAtMs }) => sentAtMs <= momentMs)
    return sentBefore && this.#lastAnswerAtMs < momentMs
  }
}
