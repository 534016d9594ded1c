import type { Rule } from './cache.js'
import { stepsFrom } from './model.js'
import { at, type Process, type Scenario, type State, type Stored, start, type Work } from './state.js'

interface Outcome {
  /** How many different states were reached. */
  readonly states: number
  /** A shortest order of steps that breaks a promise, with the promise at its end; empty if none is broken. */
  readonly violation: readonly string[]
}

/** The steps that led to a state, the last one first. */
interface Path {
  readonly step: string
  readonly before: Path | undefined
}

/** Tries every order of steps, breadth first, so that the first violation found has the fewest steps. */
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

/** A promise can only be broken to a reader who arrives later, or who arrived after it was made. */
function canBreak(state: State): boolean {
  return state.processes.some(({ readers }) =>
    readers.some(
      ({ arrival, readsLeft, stage }) =>
        arrival.answered > 1 || arrival.shown > 1 || readsLeft > (stage === 'arrive' ? 0 : 1),
    ),
  )
}

/** Equal for states that differ only in what no longer matters: names, the past, and what is never used again. */
function canonical(state: State, without: Rule | undefined): string {
  const areReused = without === 'tokens end with their server'
  const token = (key: number, token: number): string => {
    if (areReused) return `,${token}`
    // Of a token only this matters: whether it is unbroken.
    return token > 0 && token === at(state.values, key).cache?.token ? '+' : '-'
  }
  const work = (key: number, work: Work | null): string =>
    work ? `${work.stage}${work.version}${token(key, work.token)}` : ''
  // As long as a touch compares tokens it shows what a get would show.
  const isLatestNeeded = areReused || without === 'a touch compares tokens'
  const latest = (key: number, latest: Stored | null): string =>
    isLatestNeeded && latest ? `!${latest.version}${token(key, latest.token)}` : ''
  const process = ({ keys, writers, readers }: Process): string => {
    let text = ''
    for (const [key, known] of keys.entries()) {
      text += `${known.shown};`
      if (
        readers.some((reader) => reader.key === key && reader.readsLeft > 0) ||
        without === 'a lease is for one key'
      )
        text += `${known.minVersion},${known.lease}${latest(key, known.latest)}`
      text += work(key, known.load)
    }
    text += sorted(
      writers.map(({ key, stage, version, publish }) => `${key}${stage}${version}${work(key, publish)}`),
    )
    return (
      text +
      sorted(
        readers.map(
          ({ key, stage, readsLeft, checkSentAt, arrival }) =>
            `${key}${stage}${readsLeft}${checkSentAt}${arrival.answered}${arrival.shown}${arrival.loadUnderWay}`,
        ),
      )
    )
  }
  let text = `${state.flushesLeft}${state.failuresLeft}${state.deathsLeft}${state.neighboursLeft}`
  for (const [key, { committed, answered, leasesEnded, lastToken, cache, late }] of state.values.entries()) {
    text += `/${committed}${answered}${leasesEnded}`
    if (areReused) text += `#${lastToken}`
    if (cache) text += `=${cache.owner}${cache.version}${areReused ? cache.token : ''}`
    text += sorted(late.map((each) => `${each.version}${token(key, each.token)}`))
  }
  return text + sorted(state.processes.map(process))
}

function sorted(keys: string[]): string {
  return keys.length < 2 ? `(${keys[0] ?? ''})` : `(${keys.sort().join('|')})`
}
