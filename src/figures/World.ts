import type { FreshnessAudit } from '../cache/FreshnessAudit.js'
import type { MemcacheServer } from '../cache/memcacheFigures.js'
import type { PoolUse } from '../db/Database.js'
import type { PageLoad } from '../queue/Queue.js'

/** What is not counted but asked, whenever somebody looks at the figures. */
export interface World {
  /** Tells this process from the others behind the same address. */
  readonly processName: string
  /** As it is called in `Cache-Status`. */
  readonly cacheName: string
  readonly leaseMs: number
  readonly audit: Pick<FreshnessAudit, 'audits' | 'stalePages'>
  /** Whether Postgres answers and is migrated. */
  isReady(): Promise<boolean>
  /** The queue as it is now; undefined where that can't be told. */
  front(): Promise<PageLoad | undefined>
  pools(): readonly PoolUse[]
  /** None where the cache is inside the process. */
  memcacheServers(): Promise<readonly MemcacheServer[]>
  /** How many clients listen to `/events`. */
  eventClients(): number
}
