import { at, type Entry, type Known, type State, type Stored, type Value, type Work } from './state.js'

/** The rules of docs/how-the-cache-stays-true.md that can be left out, to see that the search notices. */
export type Rule =
  | 'compare-and-swap'
  | 'token before load'
  | 'lease'
  | 'wait after an unconfirmed publish'
  | 'no joining of older loads'
  | 'tokens end with their server'
  | 'an entry says whose it is'
  | 'a lease is for one key'
  | 'a touch compares tokens'

export type Result = 'stored' | 'absent' | 'unavailable'

/** A load that is stored afterwards: `CacheEntry.acquireFillToken`, `Source.load` and `CacheEntry.fill`. */
export function beginLoad(without: Rule | undefined): Work {
  return { stage: without === 'token before load' ? 'load' : 'get', token: 0, version: 0 }
}

/**
 * `CacheEntry.replaceIfOlder`. It may use a token that its process has read before. If that token is unbroken, it is
 * the token of the present entry, as if it were read after the commit. If it is broken, the swap only fails.
 */
export function beginPublish(version: number): Work {
  return { stage: 'compare', token: 0, version }
}

/** Where a piece of work is done: the state, the key, and what the working process knows of that key. */
export interface Place {
  readonly state: State
  readonly value: Value
  readonly known: Known
}

export function placeOf(state: State, process: number, key: number): Place {
  return { state, value: at(state.values, key), known: at(at(state.processes, process).keys, key) }
}

/** One possible next step of a piece of work. `act` returns how the work ended, if it did. */
interface Attempt {
  readonly name: string
  readonly act: (next: Place, work: Work) => Result | undefined
}

/** The possible next steps: the operation succeeds, the cache has no room, or the cache can't be reached. */
export function attempts({ state, value }: Place, work: Work, without: Rule | undefined): Attempt[] {
  const possible: Attempt[] = [{ name: nameOf(work, value), act: (next, own) => advance(next, own, without) }]
  if (state.failuresLeft === 0 || work.stage === 'load') return possible
  possible.push({ name: 'gives up on the cache', act: giveUp })
  if (work.stage === 'swap') possible.push({ name: `finds no room for ${work.version}`, act: findNoRoom })
  return possible
}

function advance(place: Place, work: Work, without: Rule | undefined): Result | undefined {
  const { value, known } = place
  const { cache } = value
  switch (work.stage) {
    case 'get':
      if (cache) return acquired(work, cache.token)
      work.stage = 'add'
      return undefined
    case 'add':
      if (!cache) return acquired(work, put(value, 0))
      work.stage = 'get again'
      return undefined
    case 'get again':
      return acquired(work, cache?.token ?? 0)
    case 'load':
      work.version = value.committed
      work.stage = without === 'token before load' ? 'get' : 'swap'
      return work.stage === 'swap' && work.token === 0 ? 'absent' : undefined
    case 'swap':
      if (swapHere(place, work, without)) return 'stored'
      work.stage = 'compare'
      return undefined
    case 'compare':
      return compare(place, work, without)
    case 'clear':
      value.cache = null
      known.latest = null
      return 'stored'
  }
}

function compare({ value, known }: Place, work: Work, without: Rule | undefined): Result | undefined {
  const { cache } = value
  const found = versionIn(cache, without)
  if (!cache || found === 0) return 'absent'
  known.latest = { version: found, token: cache.token }
  if (found >= work.version) return 'stored'
  work.token = cache.token
  work.stage = 'swap'
  return undefined
}

/** The version of the present entry, if it is ours; 0 if none. */
export function versionIn(cache: Entry | null, without: Rule | undefined): number {
  if (cache?.owner === 'neighbour' && without !== 'an entry says whose it is') return 0
  return cache?.version ?? 0
}

/** Gives up on the cache. The operation may still arrive. A load goes on, but can't be stored. */
function giveUp({ state, value }: Place, work: Work): Result | undefined {
  state.failuresLeft--
  if (work.stage === 'swap') value.late = [...value.late, { version: work.version, token: work.token }]
  if (work.version > 0) return 'unavailable'
  work.stage = 'load'
  work.token = 0
  return undefined
}

function findNoRoom({ state }: Place, work: Work): undefined {
  state.failuresLeft--
  work.stage = 'clear'
}

/** Stores if nothing has been stored or flushed since the token was read. @returns whether it did */
export function swap(value: Value, { version, token }: Stored, without: Rule | undefined): boolean {
  if (without !== 'compare-and-swap' && value.cache?.token !== token) return false
  put(value, version)
  return true
}

/** The same, and the process then knows the entry. */
function swapHere({ value, known }: Place, work: Work, without: Rule | undefined): boolean {
  if (!swap(value, work, without)) return false
  known.latest = { version: work.version, token: value.lastToken }
  return true
}

/** Whether a touch says that what the process knows is still there, and so shows it. */
export function touches({ value, known }: Place, without: Rule | undefined): boolean {
  if (!value.cache || !known.latest) return false
  return without === 'a touch compares tokens' || value.cache.token === known.latest.token
}

function acquired(work: Work, token: number): Result | undefined {
  const isLoaded = work.version > 0
  if (isLoaded && token === 0) return 'absent'
  work.token = token
  work.stage = isLoaded ? 'swap' : 'load'
  return undefined
}

function put(value: Value, version: number): number {
  value.lastToken++
  value.cache = { version, token: value.lastToken, owner: 'us' }
  return value.lastToken
}

function nameOf(work: Work, { cache, committed }: Value): string {
  switch (work.stage) {
    case 'add':
      return 'adds a placeholder'
    case 'load':
      return `loads ${committed}`
    case 'swap':
      return `swaps in ${work.version}`
    case 'clear':
      return 'clears the cache instead'
    default:
      return `gets ${contents(cache)}`
  }
}

export function contents(cache: Entry | null): string {
  if (!cache) return 'nothing'
  if (cache.owner === 'neighbour') return "the neighbour's"
  return cache.version === 0 ? 'a placeholder' : `${cache.version}`
}

/** Newer than anything of ours: the versions of two sources say nothing of one another. */
const NEIGHBOURS_VERSION = 9

/** The neighbour has another source, and overwrites the key in any case. */
export function putNeighbours(value: Value): void {
  value.lastToken++
  value.cache = { version: NEIGHBOURS_VERSION, token: value.lastToken, owner: 'neighbour' }
}
