import type { CacheService, CacheStore } from '../cache/index.js'
import type { Config } from '../config.js'
import type { Database } from '../db/Database.js'
import { DatabaseUnavailable } from '../db/errors.js'
import type { EventStreams } from '../pages/EventStreams.js'
import type { PageLoad, Queue, Snapshot } from '../queue/Queue.js'

/** What `/status` and `/metrics` read when they are requested. Everything else is counted as it happens. */
export interface StatusSources {
  readonly store: CacheStore
  readonly leaseMs: number
  readonly cache: CacheService<Snapshot>
  readonly queue: Queue
  readonly database: Database
  readonly memcache: Config['memcache']
  readonly events: EventStreams
}

/** The first page of the queue; undefined if it can't be read. */
export async function readFront({ queue }: StatusSources): Promise<PageLoad | undefined> {
  try {
    return await queue.front()
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return undefined // `/status` says what is wrong
    throw error
  }
}
