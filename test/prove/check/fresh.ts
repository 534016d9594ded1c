import { type Entry, loadsOf, type Violation, writesOf } from '../history.js'
import { describe } from './describe.js'
import { sweep } from './sweep.js'

/** A load that starts after an answered write shows that write or a newer one, unless it says `current: false`. */
export function staleLoads(history: readonly Entry[]): Violation[] {
  const violations: Violation[] = []
  const questions = loadsOf(history)
    .filter((load) => load.answer.current)
    .map((load) => ({ atMs: load.startedAtMs, question: load }))
  sweep(answeredVersions(history), questions, (load, { version, source }) => {
    if (load.answer.page.version >= version) return
    const message = `${describe(load)} began after ${describe(source)} had been answered`
    violations.push({ column: 'stale', phase: load.phase, message })
  })
  return violations
}

/** A write that starts after another was answered comes after it in history too. */
export function writesOutOfOrder(history: readonly Entry[]): Violation[] {
  const violations: Violation[] = []
  const questions = writesOf(history).map((write) => ({ atMs: write.startedAtMs, question: write }))
  sweep(answeredVersions(history), questions, (write, { version, source }) => {
    const least = write.answer.item ? version + 1 : version
    if (write.answer.version >= least) return
    const message = `${describe(write)} began after ${describe(source)} had been answered`
    violations.push({ column: 'conflicts', phase: write.phase, message })
  })
  return violations
}

function answeredVersions(history: readonly Entry[]) {
  return writesOf(history).map((write) => ({
    fromMs: write.endedAtMs,
    version: write.answer.version,
    source: write,
  }))
}
