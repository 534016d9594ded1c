import type { Rule } from './cache.js'
import { stepsFrom } from './model.js'
import { type Process, type Scenario, type State, start, type Work } from './state.js'

export interface Outcome {
  /** How many different states were reached. */
  readonly states: number
  /** A shortest order of steps that breaks a promise, and last which; empty where none does. */
  readonly violation: readonly string[]
}

/** The steps that led somewhere, the last one first. */
interface Path {
  readonly step: string
  readonly before: Path | undefined
}

/** Tries every order of steps, breadth first, so that the first violation met is a shortest one. */
export function search(scenario: Scenario, without?: Rule): Outcome {
  const known = new Set<string>()
  let frontier: { readonly state: State; readonly path: Path | undefined }[] = [
    { state: start(scenario), path: undefined },
  ]
  while (frontier.length > 0) {
    const following: typeof frontier = []
    for (const { state, path: before } of frontier) {
      for (const { name: step, next } of stepsFrom(state, without)) {
        if (next.broken) return { states: known.size, violation: [...steps({ step, before }), next.broken] }
        const key = canonical(next, without)
        if (known.has(key)) continue
        known.add(key)
        if (canBreak(next)) following.push({ state: next, path: { step, before } })
      }
    }
    frontier = following
  }
  return { states: known.size, violation: [] }
}

function steps(path: Path | undefined): string[] {
  return path ? [...steps(path.before), path.step] : []
}

/** A promise can only be broken to somebody who arrives later, or has arrived after it was made. */
function canBreak(state: State): boolean {
  return state.processes.some(({ readers }) =>
    readers.some(
      ({ arrival, readsLeft, stage }) =>
        arrival.answered > 1 || arrival.shown > 1 || readsLeft > (stage === 'arrive' ? 0 : 1),
    ),
  )
}

/** Is the same for states that differ in nothing that matters: in names, in the past, in what nobody asks for again. */
function canonical(state: State, without: Rule | undefined): string {
  const areReused = without === 'tokens end with their server'
  const token = (token: number): string => {
    if (areReused) return `,${token}`
    // All that matters of a token that is never used again is whether it is unbroken.
    return token > 0 && token === state.cache?.token ? '+' : '-'
  }
  const work = (work: Work | null): string => (work ? `${work.stage}${work.version}${token(work.token)}` : '')
  const process = ({ floor, lease, shown, load, writers, readers }: Process): string => {
    let key = `${shown};`
    if (readers.some(({ readsLeft }) => readsLeft > 0)) key += `${floor},${lease}`
    key += work(load)
    key += sorted(writers.map((writer) => `${writer.stage}${writer.version}${work(writer.offer)}`))
    return (
      key +
      sorted(
        readers.map(
          ({ stage, readsLeft, lookSentAt, arrival }) =>
            `${stage}${readsLeft}${lookSentAt}${arrival.answered}${arrival.shown}${arrival.loadUnderWay}`,
        ),
      )
    )
  }
  let key = `${state.committed}${state.answered}${state.leasesEnded}${state.flushesLeft}${state.failuresLeft}${state.deathsLeft}${state.neighboursLeft}`
  if (areReused) key += `#${state.lastToken}`
  if (state.cache) key += `=${state.cache.owner}${state.cache.version}${areReused ? state.cache.token : ''}`
  key += sorted(state.late.map((late) => `${late.version}${token(late.token)}`))
  return key + sorted(state.processes.map(process))
}

function sorted(keys: string[]): string {
  return keys.length < 2 ? `(${keys[0] ?? ''})` : `(${keys.sort().join('|')})`
}
