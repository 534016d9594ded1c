import { type Answered, type Entry, type Load, loadsOf, type Violation, writesOf } from '../history.js'
import { describe } from './describe.js'
import { sweep } from './sweep.js'

/** `FRESHNESS_LEASE_MS` + 100: for this time others may show an older page than a process without its cache. */
const SPREADING_MS = 300

/** The queue never goes back from one load to the next, on any process. */
export function loadsThatWentBack(history: readonly Entry[]): Violation[] {
  const loads = loadsOf(history)
  const violations = goneBack(loads.filter(({ answer }) => answer.current).map(question), loads.map(fact))
  // No process shows an older page than before, even if it has lost its servers. Its last known page includes its own
  // writes.
  const writes = groupBy(writesOf(history), ({ process }) => process)
  for (const [process, own] of groupBy(loads, ({ process }) => process)) {
    const lastKnown = own.filter(({ answer }) => !answer.current)
    violations.push(...goneBack(own.map(question), own.map(endOf)))
    violations.push(...goneBack(lastKnown.map(question), (writes.get(process) ?? []).map(endOf)))
  }
  return violations
}

/** The same version has the same contents, in every answer. */
export function contradictions(history: readonly Entry[]): Violation[] {
  const known = new Map<string, { readonly what: string; readonly by: Answered<Entry> }>()
  const violations: Violation[] = []
  const compare = (key: string, what: string, by: Answered<Entry>) => {
    const before = known.get(key)
    if (!before) known.set(key, { what, by })
    else if (before.what !== what) {
      const message = `${describe(by)} contradicts ${describe(before.by)}: ${what}, ${before.what}`
      violations.push({ column: 'conflicts', phase: by.phase, message })
    }
  }
  for (const load of loadsOf(history)) {
    const { version, length, items, next } = load.answer.page
    compare(`length of ${version}`, String(length), load)
    compare(`${version} after ${load.after}`, JSON.stringify([items, next]), load)
  }
  for (const write of writesOf(history)) {
    const { version, length, item } = write.answer
    compare(`length of ${version}`, String(length), write)
    if (item) compare(`write of ${version}`, `${write.kind} of item ${item.id}`, write)
  }
  return violations
}

function goneBack(
  questions: readonly { atMs: number; question: Answered<Load> }[],
  facts: readonly { fromMs: number; version: number; source: Answered<Entry> }[],
): Violation[] {
  const violations: Violation[] = []
  sweep(facts, questions, (load, { version, source }) => {
    if (load.answer.page.version >= version) return
    const message = `${describe(load)} began after the end of ${describe(source)}`
    violations.push({ column: 'went back', phase: load.phase, message })
  })
  return violations
}

function question(load: Answered<Load>) {
  return { atMs: load.startedAtMs, question: load }
}

function endOf(entry: Answered<Entry>) {
  const { version } = entry.kind === 'load' ? entry.answer.page : entry.answer
  return { fromMs: entry.endedAtMs, version, source: entry }
}

/** What a process shows past the cache, because one of the two is out of reach or full, others learn a little later. */
function fact(load: Answered<Load>) {
  const { current, cacheStatus } = load.answer
  const isShared = current && (cacheStatus === 'hit' || cacheStatus.includes('stored'))
  const end = endOf(load)
  return isShared ? end : { ...end, fromMs: end.fromMs + SPREADING_MS }
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group) group.push(value)
    else groups.set(keyOf(value), [value])
  }
  return groups
}
