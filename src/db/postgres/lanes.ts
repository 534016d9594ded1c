import type { ReadLane } from '../Database.js'

export type Lane = ReadLane | 'write'

/** The first in this list gets a free connection first. */
const PRIORITY: readonly Lane[] = ['write', 'check', 'page', 'bulk']

/**
 * Picks the statement that gets a free connection. Of three or more connections, one is kept for version checks and one
 * for page loads. Of two, one is kept for version checks. A single one is shared, by priority.
 * @param connections the size of the pool
 * @returns the statement's index, or -1
 */
export function nextStatement(
  waiting: readonly { readonly lane: Lane }[],
  running: readonly { readonly lane: Lane }[],
  connections: number,
): number {
  const count = (lane: Lane) => running.filter((statement) => statement.lane === lane).length
  const mayRun: Readonly<Record<Lane, boolean>> = {
    write: true,
    check: true,
    page: count('page') + count('bulk') < Math.max(1, connections - 1),
    bulk:
      count('bulk') < Math.max(1, connections - 2) &&
      count('page') + count('bulk') < Math.max(1, connections - 1),
  }
  for (const lane of PRIORITY) {
    const index = mayRun[lane] ? waiting.findIndex((statement) => statement.lane === lane) : -1
    if (index >= 0) return index
  }
  return -1
}
