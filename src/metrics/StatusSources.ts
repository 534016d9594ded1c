import type { CacheStore, FreshnessAudit } from '../cache/index.js'
import type { PoolUse } from '../db/Database.js'
import type { PageLoad } from '../queue/Queue.js'
import type { MemcacheServerStats } from './memcacheStats.js'

/** What `/status` and `/metrics` read when they are requested. Everything else is counted as it happens. */
export interface StatusSources {
  readonly store: Pick<CacheStore, 'name' | 'isShared'>
  readonly leaseMs: number
  readonly audit: Pick<FreshnessAudit, 'audits' | 'staleReads'>
  /** Whether Postgres answers and is migrated. */
  isReady(): Promise<boolean>
  /** The first page of the queue; undefined if it can't be read. */
  front(): Promise<PageLoad | undefined>
  pools(): readonly PoolUse[]
  /** Empty if there is none. */
  memcacheServers(): Promise<readonly MemcacheServerStats[]>
  /** How many clients listen to `/events`. */
  eventClients(): number
}
