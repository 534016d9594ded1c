/**
 * A small plan has 20 connections. Two machines get 9 each: two dynos, or the old and the new one during a release. Two
 * connections are left for `release:` and for an operator's psql.
 */
const CONNECTIONS_OF_ONE_MACHINE = 9
/** One for each lane of reads (see `lanes.ts`). */
const MAX_READERS = 3

/** A process sends its writes one batch after the other (see `WriteBatcher`), so a second connection would be idle. */
export const WRITERS = 1

/**
 * How many connections to read with one process keeps. They are not those of writes, so that a page never waits behind
 * writers that wait for the queue's lock. Each process needs one of each, so five or more on one machine need a larger
 * plan.
 */
export function readersOfEach(processesOnMachine: number): number {
  const share = Math.floor(CONNECTIONS_OF_ONE_MACHINE / processesOnMachine)
  return Math.min(MAX_READERS, Math.max(1, share - WRITERS))
}
