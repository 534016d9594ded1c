/** What the clients wrote down: every request with its start, its end and its answer. Imports nothing. */

export interface Item {
  readonly id: number
  readonly text: string
}

/** A page as it was answered in JSON. Equal pages may share one object. */
export interface Page {
  readonly version: number
  readonly length: number
  readonly items: readonly Item[]
  readonly next: string | null
}

interface Requested {
  /** Which phase of the run it belongs to. */
  readonly phase: string
  /** The process that answered. A restarted process has another name. */
  readonly process: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Its `X-Request-Id`, if it had one. */
  readonly request?: string
  /** Why there is no answer; undefined if there is one. */
  readonly failure?: Failure
}

export interface Failure {
  /** The HTTP status, if one was received. */
  readonly status?: number
  readonly reason: string
}

export interface Load extends Requested {
  readonly kind: 'load'
  /** The id after which the page begins; 0: the front page. */
  readonly after: number
  readonly answer?: {
    readonly page: Page
    /** False for the last page known while Postgres is out of reach. */
    readonly current: boolean
    /** The header `Cache-Status`, without the cache's name. */
    readonly cacheStatus: string
  }
}

export interface Add extends Requested {
  readonly kind: 'add'
  /** Never used twice in one run, so that each item shows which request has added it. */
  readonly text: string
  readonly answer?: { readonly item: Item; readonly version: number; readonly length: number }
}

export interface Remove extends Requested {
  readonly kind: 'remove'
  readonly answer?: { readonly item: Item | null; readonly version: number; readonly length: number }
}

export type Entry = Load | Add | Remove
export type Answered<E extends Entry> = E & { readonly answer: NonNullable<E['answer']> }

/** A broken promise, and the column of the table that counts it. */
export interface Violation {
  readonly column: 'stale' | 'went back' | 'conflicts' | 'lost' | 'availability'
  readonly phase: string
  readonly message: string
}

export function isAnswered<E extends Entry>(entry: E): entry is Answered<E> {
  return entry.answer !== undefined
}

export function loadsOf(history: readonly Entry[]): Answered<Load>[] {
  return history.filter((entry) => entry.kind === 'load').filter(isAnswered)
}

export function writesOf(history: readonly Entry[]): Answered<Add | Remove>[] {
  return history.filter((entry) => entry.kind !== 'load').filter(isAnswered)
}
