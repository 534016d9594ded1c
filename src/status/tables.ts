import type { MemcacheFigures, MemcacheServer } from '../cache/memcacheFigures.js'
import { classInWords, sum } from './plots.js'
import type { Status } from './status.js'
import { bytes, duration, number, share } from './words.js'

const UNSAID = 'not said'

/** A table: its columns' names, and its rows, of which the first cell names each. */
export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The quarter of an hour that is plotted, minute by minute, the latest first. */
export function minuteTable({ slots, slotSeconds }: Status['recent']): Table {
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

/** What the histograms show, without the classes that nothing fell into. */
export function latencyTable({ hit, other }: Status['loads']): Table {
  const rows = hit
    .map((hits, place) => ({ hits, others: other[place] ?? 0, took: classInWords(place) }))
    .filter(({ hits, others }) => hits + others > 0)
  return {
    head: ['A load took', 'From the cache', 'From Postgres'],
    rows: rows.map(({ hits, others, took }) => [took, number(hits), number(others)]),
  }
}

/** A memcache server: what it says of itself, or why it says nothing. */
export function serverCard(server: MemcacheServer) {
  if ('problem' in server) return { server: server.server, problem: server.problem }
  const { version, items, evictions, connections, uptimeSeconds } = server.figures
  return {
    server: server.server,
    memory: memory(server.figures),
    figures: [
      { name: 'Items', value: orUnsaid(items, number) },
      { name: 'Evictions', value: orUnsaid(evictions, number) },
      { name: 'Connections', value: orUnsaid(connections, number) },
      { name: 'Up for', value: orUnsaid(uptimeSeconds, duration) },
      { name: 'Version', value: version ?? UNSAID },
    ],
  }
}

/** A bar, from left to right, of how much of its memory is used. */
function memory({ usedBytes, limitBytes }: MemcacheFigures) {
  if (usedBytes === undefined || !limitBytes)
    return { summary: `Memory: ${orUnsaid(usedBytes, bytes)}`, share: 0 }
  const summary = `${bytes(usedBytes)} of ${bytes(limitBytes)} used, ${share(usedBytes, limitBytes)}`
  return { summary, share: usedBytes / limitBytes }
}

function orUnsaid(value: number | undefined, word: (value: number) => string): string {
  return value === undefined ? UNSAID : word(value)
}
