import {
  type Add,
  type Answered,
  type Entry,
  type Load,
  loadsOf,
  type Remove,
  type Violation,
  writesOf,
} from '../history.js'
import { describe } from './describe.js'
import { sweep } from './sweep.js'

/** A load that shows an older version than a write that had been answered before it began. */
interface StaleLoad {
  readonly load: Answered<Load>
  readonly write: Answered<Add | Remove>
}

/** A load that starts after an answered write shows that write or a newer one, unless it says `current: false`. */
export function findStaleLoads(history: readonly Entry[]): StaleLoad[] {
  const found: StaleLoad[] = []
  const questions = loadsOf(history)
    .filter((load) => load.answer.current)
    .map((load) => ({ atMs: load.startedAtMs, question: load }))
  sweep(answeredVersions(history), questions, (load, { version, source }) => {
    if (load.answer.page.version < version) found.push({ load, write: source })
  })
  return found
}

export function staleLoads(history: readonly Entry[]): Violation[] {
  return findStaleLoads(history).map(({ load, write }) => {
    const message = `${describe(load)} began after ${describe(write)} had been answered`
    return { column: 'stale', phase: load.phase, message }
  })
}

/** A write that starts after another one was answered also has a later version. */
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
