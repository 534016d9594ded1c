import type { Entry, State, Stored, Work } from './state.js'

/** The rules of docs/how-the-cache-stays-true.md that can be left out, to see that the search notices. */
export type Rule =
  | 'compare-and-swap'
  | 'token before load'
  | 'lease'
  | 'wait after an unconfirmed publish'
  | 'no joining of older loads'
  | 'tokens end with their server'
  | 'an entry says whose it is'

export type Settled = 'stored' | 'absent' | 'unavailable'

/** A load that is stored afterwards: `CachedValue.claim`, `Source.load` and `CachedValue.store`. */
export function beginLoad(without: Rule | undefined): Work {
  return { stage: without === 'token before load' ? 'load' : 'get', token: 0, version: 0 }
}

/**
 * `CachedValue.offer`. It may use a token that its process has read before: unbroken, that is the token of what stands
 * there now, so to compare once the change is committed comes to the same; and broken, it only makes a swap in vain.
 */
export function beginOffer(version: number): Work {
  return { stage: 'compare', token: 0, version }
}

/** One thing that may come of a piece of work next. `act` returns how the work ended, if it did. */
export interface Attempt {
  readonly name: string
  readonly act: (next: State, work: Work) => Settled | undefined
}

/** The next step of the work is done, or the cache has no room, or can't be asked. */
export function attempts(state: State, work: Work, without: Rule | undefined): Attempt[] {
  const possible: Attempt[] = [{ name: nameOf(work, state), act: (next, own) => advance(next, own, without) }]
  if (state.failuresLeft === 0 || work.stage === 'load') return possible
  possible.push({ name: 'gives up on the cache', act: giveUp })
  if (work.stage === 'swap') possible.push({ name: `finds no room for ${work.version}`, act: findNoRoom })
  return possible
}

function advance(state: State, work: Work, without: Rule | undefined): Settled | undefined {
  const { cache } = state
  switch (work.stage) {
    case 'get':
      if (cache) return claimed(work, cache.token)
      work.stage = 'add'
      return undefined
    case 'add':
      if (!cache) return claimed(work, put(state, 0))
      work.stage = 'get again'
      return undefined
    case 'get again':
      return claimed(work, cache?.token ?? 0)
    case 'load':
      work.version = state.committed
      work.stage = without === 'token before load' ? 'get' : 'swap'
      return work.stage === 'swap' && work.token === 0 ? 'absent' : undefined
    case 'swap':
      if (swap(state, work, without)) return 'stored'
      work.stage = 'compare'
      return undefined
    case 'compare':
      return compare(cache, work, without)
    case 'clear':
      state.cache = null
      return 'stored'
  }
}

function compare(cache: Entry | null, work: Work, without: Rule | undefined): Settled | undefined {
  const found = versionIn(cache, without)
  if (!cache || found === 0) return 'absent'
  if (found >= work.version) return 'stored'
  work.token = cache.token
  work.stage = 'swap'
  return undefined
}

/** The version of what is there for us to use; 0 is none. */
export function versionIn(cache: Entry | null, without: Rule | undefined): number {
  if (cache?.owner === 'neighbour' && without !== 'an entry says whose it is') return 0
  return cache?.version ?? 0
}

/** What was given up may still arrive. A load goes on, it just can't be stored. */
function giveUp(state: State, work: Work): Settled | undefined {
  state.failuresLeft--
  if (work.stage === 'swap') state.late = [...state.late, { version: work.version, token: work.token }]
  if (work.version > 0) return 'unavailable'
  work.stage = 'load'
  work.token = 0
  return undefined
}

function findNoRoom(state: State, work: Work): undefined {
  state.failuresLeft--
  work.stage = 'clear'
}

/** Stores where nothing has been stored or flushed since the token was read. @returns whether it did */
export function swap(state: State, { version, token }: Stored, without: Rule | undefined): boolean {
  if (without !== 'compare-and-swap' && state.cache?.token !== token) return false
  put(state, version)
  return true
}

function claimed(work: Work, token: number): Settled | undefined {
  const isLoaded = work.version > 0
  if (isLoaded && token === 0) return 'absent'
  work.token = token
  work.stage = isLoaded ? 'swap' : 'load'
  return undefined
}

function put(state: State, version: number): number {
  state.lastToken++
  state.cache = { version, token: state.lastToken, owner: 'us' }
  return state.lastToken
}

function nameOf(work: Work, { cache, committed }: State): string {
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

/** The neighbour has a source of its own, and asks nobody what stood there. */
export function putNeighbours(state: State): void {
  state.lastToken++
  state.cache = { version: NEIGHBOURS_VERSION, token: state.lastToken, owner: 'neighbour' }
}
