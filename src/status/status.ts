import type { MemcacheServer } from '../cache/memcacheFigures.js'
import type { Figures } from '../figures/Figures.js'
import { addUp, BOUNDS_MS } from '../figures/Histogram.js'
import type { World } from '../figures/World.js'

/** What `/status` shows of this one process: as JSON it is this, and the page is drawn from it. */
export type Status = Awaited<ReturnType<typeof takeStatus>>

/** Asks the world, and adds what was counted. Takes half a second at most, whatever is away. */
export async function takeStatus(figures: Figures, world: World) {
  const [postgres, front, memcache] = await Promise.all([
    askPostgres(world),
    world.front(),
    world.memcacheServers(),
  ])
  const { look } = figures.questions
  const { add, remove } = figures.writes
  const { hit, ...others } = figures.pageLoads
  const cache = { name: world.cacheName, up: figures.memcache.isUp, problem: figures.memcache.reason ?? null }
  const audit = { audits: world.audit.audits, stalePages: world.audit.stalePages }
  return {
    takenAt: new Date().toISOString(),
    process: { name: world.processName, uptimeSeconds: Math.round(process.uptime()) },
    /** What is not as it should be, in words; none where all is well. */
    problems: problemsOf({ postgres, cache, memcache, audit }),
    postgres,
    cache,
    lease: {
      /** Null where it is endless, because no other process writes. */
      ms: Number.isFinite(world.leaseMs) ? world.leaseMs : null,
      renewals: look.durations.count,
      failures: look.failures,
    },
    queue: front
      ? { version: front.snapshot.version, length: front.snapshot.length, current: front.current }
      : null,
    audit,
    /** The last quarter of an hour, oldest first. */
    recent: { slotSeconds: figures.recent.slotMs / 1000, slots: figures.recent.slots() },
    /** Since the start: how many took up to each of the bounds and longer than the one before, and last, how many longer. */
    loads: { boundsMs: BOUNDS_MS, hit: hit.counts, other: addUp(Object.values(others)) },
    writes: {
      add: add.durations.count,
      remove: remove.durations.count,
      failed: add.failures + remove.failures,
      ...figures.publishes,
    },
    memcache,
    eventClients: world.eventClients(),
  }
}

async function askPostgres(world: World) {
  try {
    const ready = await world.isReady()
    return { ready, problem: ready ? null : 'the database is not migrated yet' }
  } catch (error) {
    return { ready: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

function problemsOf({
  postgres,
  cache,
  memcache,
  audit,
}: {
  readonly postgres: { readonly problem: string | null }
  readonly cache: { readonly name: string; readonly problem: string | null }
  readonly memcache: readonly MemcacheServer[]
  readonly audit: { readonly stalePages: number }
}): string[] {
  const problems: string[] = []
  if (postgres.problem !== null) problems.push(`Nothing can be added or removed: ${postgres.problem}.`)
  if (cache.problem !== null) problems.push(`Every page comes from Postgres: ${cache.problem}.`)
  for (const server of memcache) {
    if ('problem' in server) problems.push(`The memcache server ${server.server}: ${server.problem}.`)
  }
  if (audit.stalePages > 0) problems.push('A stale page was shown. That must never happen: please report it.')
  return problems
}
