/**
 * How many connections to Postgres one process keeps. Reads have their own connections, so that a page never waits
 * behind writers that wait for the queue's lock.
 */
export interface PoolSizes {
  readonly readers: number
  readonly writers: number
}

/**
 * A small plan has 20 connections. Two machines get 9 each: two dynos, or the old and the new one during a release. Two
 * connections are left for `release:` and for an operator's psql.
 */
const CONNECTIONS_OF_ONE_MACHINE = 9
/** One for each lane of reads (see `lanes.ts`). */
const MAX_READERS = 3
/** A process sends its writes one batch after the other (see `WriteBatcher`), so a second connection would be idle. */
const WRITERS = 1

/** The share of one process. Each process needs a reader and a writer, so five or more processes need a larger plan. */
export function poolSizes(processesOnMachine: number): PoolSizes {
  const share = Math.floor(CONNECTIONS_OF_ONE_MACHINE / processesOnMachine)
  return { readers: Math.min(MAX_READERS, Math.max(1, share - WRITERS)), writers: WRITERS }
}
