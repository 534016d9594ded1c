import type { Answered, Entry } from '../history.js'

/** An entry in words, for the message of a violation. */
export function describe(entry: Answered<Entry>): string {
  const when = `${entry.process}, ${entry.startedAtMs.toFixed(1)} to ${entry.endedAtMs.toFixed(1)} ms`
  if (entry.kind !== 'load') {
    const { item, version, length } = entry.answer
    return `${entry.kind} of ${item ? `item ${item.id}` : 'nothing'} (version ${version}, length ${length}; ${when})`
  }
  const { page, current, cacheStatus } = entry.answer
  const mark = current ? cacheStatus : 'last known'
  return `a load of version ${page.version} (length ${page.length}; ${mark}; ${when})`
}
