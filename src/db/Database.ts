/** Writers wait for one another; nobody waits for a form longer than this. */
export const WRITE_DEADLINE_MS = 3_000
/** Postgres gives up a write this much earlier than we do, so that its answer arrives in time from far away too. */
export const WRITE_MARGIN_MS = 500

/** A row as it came; whoever asked for it checks it. */
export type Row = Record<string, unknown>

/** How the connections of a pool are used. */
export interface PoolUse {
  readonly name: string
  readonly busy: number
  readonly idle: number
  /** Queries that wait for a connection. */
  readonly waiting: number
}

/** What the rest needs of a database: real Postgres or the embedded one. */
export interface Database {
  /**
   * Runs a statement that changes nothing. Quick to give up, because a page waits for it: it is sent once
   * more where the connection broke, and throws `DatabaseUnavailable` after `READ_DEADLINE_MS`.
   */
  read(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * Runs a statement that writes, never twice. After `DatabaseUnavailable` it may have happened or not.
   * @param valuesFor what the statement's parameters are if it must be over, or have changed nothing, in so many ms
   */
  write(sql: string, valuesFor: (budgetMs: number) => readonly unknown[], deadlineMs: number): Promise<Row[]>
  /** Applies the migrations that are still missing, under a lock. Throws where one fails; nothing is left half done. */
  migrate(): Promise<void>
  /** As they are used now; none where there are no connections. */
  pools(): readonly PoolUse[]
  close(): Promise<void>
}
