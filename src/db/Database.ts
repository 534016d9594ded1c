/** Writers wait for one another; nobody waits for a form longer than this. */
export const WRITE_DEADLINE_MS = 3_000
/** Postgres gives up a write this much earlier than we do, so that its answer arrives in time from far away too. */
export const WRITE_MARGIN_MS = 500

/** A row as it came; whoever asked for it checks it. */
export type Row = Record<string, unknown>

/**
 * Who asks. Each lane has a share of the connections, so that none takes them from the others (see `lanes.ts`):
 * `check` asks for the version, for readiness and whether Postgres is back, `page` loads what the cache lacks, `bulk` is
 * what visitors can ask for in any number: later pages.
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

/** What the rest needs of a database: real Postgres or the embedded one. */
export interface Database {
  /** Connects in the background, so that the first request finds a connection. */
  connect(): void
  /**
   * Runs a statement that changes nothing; those who ask the same at the same time share one answer. Quick to give up,
   * because a page waits for it. Throws `DatabaseUnavailable` if Postgres is down (after `READ_DEADLINE_MS` at the
   * latest), `NotConnectedYet` before the first connection is made, `TooBusy` if there was no connection left for it.
   */
  read(sql: string, values?: readonly unknown[], lane?: ReadLane): Promise<Row[]>
  /**
   * Runs a statement that writes. It is sent again only if it has certainly changed nothing. After `DatabaseUnavailable`
   * it may have happened or not; after `TooBusy` and `NotConnectedYet` it was not sent and won't be.
   * @param valuesFor what the statement's parameters are if it must be over, or have changed nothing, in so many ms
   */
  write(sql: string, valuesFor: (budgetMs: number) => readonly unknown[], deadlineMs: number): Promise<Row[]>
  /** Applies the migrations that are still missing, under a lock. Throws where one fails; nothing is left half done. */
  migrate(): Promise<void>
  /** As they are used now; none where there are no connections. */
  pools(): readonly PoolUse[]
  close(): Promise<void>
}
