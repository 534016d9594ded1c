/** Writers wait for each other, but no visitor waits longer than this. */
export const WRITE_DEADLINE_MS = 3_000
/** Postgres gives up a write this much earlier than we do, so its answer still arrives in time over a slow network. */
export const WRITE_MARGIN_MS = 500

/** A row as the driver returns it, unchecked. */
export type Row = Readonly<Record<string, unknown>>

/**
 * What a query is for. Each lane has a share of the connections, so that no lane takes those of the others (see
 * `lanes.ts`). `check` asks for the version, for readiness, and whether Postgres is back. `page` loads the first page.
 * `bulk` is for queries that visitors can cause in any number, such as later pages.
 */
export type ReadLane = 'check' | 'page' | 'bulk'

/** How the connections of a pool are used. */
export interface PoolUse {
  readonly name: string
  readonly busy: number
  readonly idle: number
  /** Queries that wait for a connection. */
  readonly waiting: number
}

/** A database: real Postgres or the embedded one. */
export interface Database {
  /** Connects in the background, so that the first request finds a connection. */
  connect(): void
  /**
   * Runs a statement that changes nothing. Equal statements at the same time share one answer. Has a short deadline,
   * because a page waits for it.
   * @throws DatabaseUnavailable if Postgres is down (after `READ_DEADLINE_MS` at the latest), NotConnectedYet before
   *   the first connection is made, TooBusy if no connection was free for it
   */
  read(sql: string, values?: readonly unknown[], lane?: ReadLane): Promise<Row[]>
  /**
   * Runs a statement that writes. It is sent again only if it has certainly changed nothing. After
   * `DatabaseUnavailable` the change may have happened or not. After `TooBusy` and `NotConnectedYet` it was not sent,
   * and won't be.
   * @param valuesFor gives the parameters; after `budgetMs` the statement must have ended or have changed nothing
   */
  write(sql: string, valuesFor: (budgetMs: number) => readonly unknown[], deadlineMs: number): Promise<Row[]>
  /** Applies the missing migrations, all or none, under a lock. Throws if one fails. */
  migrate(): Promise<void>
  /** How the pools are used now; empty if there are no pools. */
  pools(): readonly PoolUse[]
  close(): Promise<void>
}
