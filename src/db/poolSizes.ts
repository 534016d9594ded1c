/**
 * How many connections one process has to Postgres. Reads have their own: a page never queues behind writers that
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
/** More would only wait for one another: writers for the queue's lock, and pages come from the cache. */
const MOST: PoolSizes = { readers: 3, writers: 2 }

/** The share of one of so many processes on a machine. It needs one of each, so from five processes on they are more than a small plan has. */
export function poolSizes(processesOnMachine: number): PoolSizes {
  const share = Math.max(2, Math.floor(CONNECTIONS_OF_ONE_MACHINE / processesOnMachine))
  const writers = Math.min(MOST.writers, Math.floor(share / 2))
  return { writers, readers: Math.min(MOST.readers, share - writers) }
}
