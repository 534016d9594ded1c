/**
 * How many connections one process keeps to Postgres. Reads have their own: a page never queues behind writers that
 * wait for the queue's lock.
 */
export interface PoolSizes {
  readonly readers: number
  readonly writers: number
}

/**
 * A small plan has 20 connections. Two machines at a time, be it two dynos or one and its successor during a release,
 * get 9 each, which leaves two for `release:` and for whoever looks in.
 */
const CONNECTIONS_OF_ONE_MACHINE = 9
/** One for each lane of reads (see `lanes.ts`). A second writer only helps if the first one's connection is lost. */
const MAX: PoolSizes = { readers: 3, writers: 2 }

/** The share of one of so many processes on a machine. It needs one of each, so from five processes on they are more than a small plan has. */
export function poolSizes(processesOnMachine: number): PoolSizes {
  const share = Math.max(2, Math.floor(CONNECTIONS_OF_ONE_MACHINE / processesOnMachine))
  const readers = Math.min(MAX.readers, share - 1)
  return { readers, writers: Math.min(MAX.writers, share - readers) }
}
