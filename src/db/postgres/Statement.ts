import { isDeepStrictEqual } from 'node:util'
import type { Row } from '../Database.js'
import type { Lane } from './lanes.js'

export interface Question {
  readonly sql: string
  /** Its parameters, which may depend on the time that is left. */
  readonly values: readonly unknown[] | ((leftMs: number) => readonly unknown[])
  readonly lane: Lane
  /** For the connection and the answer together. */
  readonly deadlineMs: number
}

/** A statement that waits for a connection or for its answer. */
export class Statement implements Question {
  readonly sql: string
  readonly values: Question['values']
  readonly lane: Lane
  readonly deadlineMs: number
  readonly askedAtMs = performance.now()
  readonly answer: Promise<Row[]>
  resolve: (rows: Row[]) => void = () => {}
  reject: (error: unknown) => void = () => {}
  /** How many callers wait for the answer. If nobody waits, it is not sent. */
  callers = 0
  /** How often its connection broke. */
  losses = 0
  /** Infinite while it waits for a connection. */
  sentAtMs = Number.POSITIVE_INFINITY

  constructor({ sql, values, lane, deadlineMs }: Question) {
    this.deadlineMs = deadlineMs
    this.sql = sql
    this.values = values
    this.lane = lane
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.answer.catch(() => {}) // perhaps no caller waits any more
  }

  /** The values to send it with now. */
  get valuesNow(): readonly unknown[] {
    const leftMs = this.askedAtMs + this.deadlineMs - performance.now()
    return typeof this.values === 'function' ? this.values(leftMs) : this.values
  }

  /** Whether its answer is also the answer to this question. Writes are never shared. */
  alsoAnswers({ sql, values, lane }: Question): boolean {
    return (
      this.lane === lane && lane !== 'write' && this.sql === sql && isDeepStrictEqual(this.values, values)
    )
  }
}
