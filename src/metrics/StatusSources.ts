import type { FreshnessAudit, MemcacheServerStats } from '../cache/index.js'
import type { PoolUse } from '../db/Database.js'
import type { PageLoad } from '../queue/Queue.js'

/** What `/status` and `/metrics` ask for when somebody reads them. Everything else is counted as it happens. */
export interface StatusSources {
  /** As in `Cache-Status`: `memcache` or `memory`. */
  readonly cacheName: string
  readonly leaseMs: number
  readonly audit: Pick<FreshnessAudit, 'audits' | 'staleReads'>
  /** Whether Postgres answers and is migrated. */
  isReady(): Promise<boolean>
  /** The first page of the queue; undefined if it can't be read. */
  front(): Promise<PageLoad | undefined>
  pools(): readonly PoolUse[]
  /** Empty if the cache is inside the process. */
  memcacheServers(): Promise<readonly MemcacheServerStats[]>
  /** How many clients listen to `/events`. */
  eventClients(): number
}
