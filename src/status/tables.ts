import type { MemcacheServerStats, MemcacheStats } from '../metrics/memcacheStats.js'
import { bytes, duration, number, share } from './format.js'
import { bucketInWords } from './latencyChart.js'
import { sum } from './recentCharts.js'
import type { Status } from './status.js'

const UNKNOWN = 'not said'

// A table is the names of its columns and its rows. A row's first cell is its name.

/** The last 15 minutes, minute by minute, the latest first. */
export function minuteTable({ slots, slotSeconds }: Status['recent']) {
  const slotsInMinute = 60 / slotSeconds
  const minutes = slots.length / slotsInMinute
  const rows = Array.from({ length: minutes }, (_, minutesAgo) => {
    const end = slots.length - minutesAgo * slotsInMinute
    const inMinute = slots.slice(end - slotsInMinute, end)
    const counts = (['hit', 'miss', 'stale', 'bypass', 'write'] as const).map((name) =>
      number(sum(inMinute, name)),
    )
    return [minutesAgo === 0 ? 'this minute' : `${minutesAgo} min ago`, ...counts]
  })
  return { head: ['When', 'Hits', 'Misses', 'Stale', 'Past the cache', 'Writes'], rows }
}

/** The histograms' buckets, without those that are empty. */
export function latencyTable({ hit, other }: Status['loads']) {
  const rows = hit
    .map((hits, bucket) => ({ hits, others: other[bucket] ?? 0, took: bucketInWords(bucket) }))
    .filter(({ hits, others }) => hits + others > 0)
  return {
    head: ['A load took', 'From the cache', 'From Postgres'],
    rows: rows.map(({ hits, others, took }) => [took, number(hits), number(others)]),
  }
}

/** A memcache server: its own statistics, or why there are none. */
export function serverCard(server: MemcacheServerStats) {
  if ('problem' in server) return { server: server.server, problem: server.problem }
  const { version, items, evictions, connections, uptimeSeconds } = server.stats
  return {
    server: server.server,
    memory: memory(server.stats),
    statistics: [
      { name: 'Items', value: orUnknown(items, number) },
      { name: 'Evictions', value: orUnknown(evictions, number) },
      { name: 'Connections', value: orUnknown(connections, number) },
      { name: 'Up for', value: orUnknown(uptimeSeconds, duration) },
      { name: 'Version', value: version ?? UNKNOWN },
    ],
  }
}

/** How much of its memory is used, in words and as a share. */
function memory({ usedBytes, limitBytes }: MemcacheStats) {
  if (usedBytes === undefined || !limitBytes)
    return { summary: `Memory: ${orUnknown(usedBytes, bytes)}`, share: 0 }
  const summary = `${bytes(usedBytes)} of ${bytes(limitBytes)} used, ${share(usedBytes, limitBytes)}`
  return { summary, share: usedBytes / limitBytes }
}

function orUnknown(value: number | undefined, word: (value: number) => string): string {
  return value === undefined ? UNKNOWN : word(value)
}
