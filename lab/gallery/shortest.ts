import { type Did, type State, start } from './model.js'
import type { Program } from './programs.js'
import { stepsFrom } from './steps.js'

export interface Found {
  /** How many different states were reached. */
  readonly states: number
  /** A shortest order of steps that shows a stale page; empty if there is none. */
  readonly steps: readonly Did[]
}

interface Path {
  readonly state: State
  readonly before: Path | undefined
}

/** Tries every order of steps, breadth first, so that the first stale page it finds has the fewest steps. */
export function findShortest(program: Program, failures: number): Found {
  const known = new Set<string>()
  let frontier: Path[] = [{ state: start(program, failures), before: undefined }]
  while (frontier.length > 0) {
    const following: Path[] = []
    for (const path of frontier) {
      for (const state of stepsFrom(path.state)) {
        const next = { state, before: path }
        if (state.stale !== undefined) return { states: known.size, steps: stepsOf(next) }
        const key = JSON.stringify({ ...state, did: undefined })
        if (known.has(key)) continue
        known.add(key)
        following.push(next)
      }
    }
    frontier = following
  }
  return { states: known.size, steps: [] }
}

function stepsOf(path: Path | undefined): Did[] {
  if (!path?.state.did) return []
  return [...stepsOf(path.before), path.state.did]
}
