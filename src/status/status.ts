import type { Database } from '../db/Database.js'
import { findObstacle } from '../db/migrations.js'
import type { Metrics } from '../metrics/Metrics.js'
import { askMemcacheServers, type MemcacheServerStats } from '../metrics/memcacheStats.js'
import { readFront, type StatusSources } from '../metrics/StatusSources.js'
import { bucketCounts, countOf } from '../metrics/samples.js'
import { reasonOf } from '../reasonOf.js'
import { BOUNDS_MS } from './latencyChart.js'

/** What `/status` answers as JSON; the page is drawn from it. It is about this one process. */
export type Status = Awaited<ReturnType<typeof takeStatus>>

/** Reads the metrics and asks the sources. Takes at most half a second, whatever is down. */
export async function takeStatus(metrics: Metrics, processName: string, sources: StatusSources) {
  const [postgres, front, memcache, lease, loads, writes] = await Promise.all([
    askPostgres(sources.database),
    readFront(sources),
    askMemcacheServers(sources.memcache.servers, sources.memcache),
    readLease(metrics),
    readLoads(metrics),
    readWrites(metrics),
  ])
  const cache = {
    name: sources.store.name,
    isShared: sources.store.isShared,
    up: metrics.memcache.isUp,
    problem: metrics.memcache.reason ?? null,
  }
  const { audits, staleReads: stalePages } = sources.cache.audit
  return {
    takenAt: new Date().toISOString(),
    process: { name: processName, uptimeSeconds: Math.round(process.uptime()) },
    /** What is wrong, in words; empty if all is well. */
    problems: problemsOf(postgres.problem, cache.problem, memcache, stalePages),
    postgres,
    cache,
    /** `ms` is null if the lease never ends, because no other process writes. */
    lease: { ms: Number.isFinite(sources.leaseMs) ? sources.leaseMs : null, ...lease },
    queue: front
      ? { version: front.snapshot.version, length: front.snapshot.length, current: front.current }
      : null,
    audit: { audits, stalePages },
    /** The last 15 minutes, oldest slot first. */
    recent: { slotSeconds: metrics.recent.slotMs / 1000, slots: metrics.recent.slots() },
    /** Since the start: how many loads fell into each bucket. The last bucket has those longer than all bounds. */
    loads: { boundsMs: BOUNDS_MS, ...loads },
    writes,
    memcache,
    eventClients: sources.events.count,
  }
}

async function askPostgres(database: Database) {
  try {
    const obstacle = await findObstacle(database)
    return { ready: obstacle === undefined, problem: obstacle ?? null }
  } catch (error) {
    return { ready: false, problem: reasonOf(error) }
  }
}

async function readLease({ sourceQueries: { durations, failures } }: Metrics) {
  const check = { query: 'version_check' }
  return { renewals: await countOf(durations, check), failures: await countOf(failures, check) }
}

async function readLoads({ pageLoads }: Metrics) {
  const hit = await bucketCounts(pageLoads, { result: 'hit' })
  const others = await Promise.all(
    ['miss', 'stale', 'bypass'].map((result) => bucketCounts(pageLoads, { result })),
  )
  const sumOf = (bucket: number) => others.reduce((sum, counts) => sum + (counts[bucket] ?? 0), 0)
  return { hit, other: hit.map((_, bucket) => sumOf(bucket)) }
}

async function readWrites({ writes: { durations, failures }, publishes }: Metrics) {
  const [add, remove] = [{ operation: 'add' }, { operation: 'remove' }]
  return {
    add: await countOf(durations, add),
    remove: await countOf(durations, remove),
    failed: (await countOf(failures, add)) + (await countOf(failures, remove)),
    confirmed: await countOf(publishes, { result: 'confirmed' }),
    unconfirmed: await countOf(publishes, { result: 'unconfirmed' }),
  }
}

function problemsOf(
  postgres: string | null,
  cache: string | null,
  memcache: readonly MemcacheServerStats[],
  stalePages: number,
): string[] {
  const problems: string[] = []
  if (postgres !== null) problems.push(sentence(`Nothing can be added or removed: ${postgres}`))
  if (cache !== null) problems.push(`Every page comes from Postgres: ${cache}.`)
  for (const server of memcache) {
    if ('problem' in server) problems.push(`The memcache server ${server.server}: ${server.problem}.`)
  }
  if (stalePages > 0) problems.push('A stale page was shown. That must never happen: please report it.')
  return problems
}

/** Some messages have their full stop already. */
function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
