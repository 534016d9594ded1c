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
/** One for each lane of reads (see `lanes.ts`). A second writer helps only if the first one's connection is lost. */
const MAX: PoolSizes = { readers: 3, writers: 2 }

/** The share of one process. Each process needs a reader and a writer, so five or more processes need a larger plan. */
export function poolSizes(processesOnMachine: number): PoolSizes {
  const share = Math.max(2, Math.floor(CONNECTIONS_OF_ONE_MACHINE / processesOnMachine))
  const readers = Math.min(MAX.readers, share - 1)
  return { readers, writers: Math.min(MAX.writers, share - readers) }
}
