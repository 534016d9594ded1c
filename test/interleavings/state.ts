/**
 * What the cache holds and what everybody knows, at one moment. Versions are whole numbers from 1; 0 is none.
 * Moments are told by the newest version committed at the time: nothing else about time matters to the protocol.
 */
export interface State {
  committed: number
  /** The newest version whose writer has answered. */
  answered: number
  /** Reads that arrive from now on don't trust a look that was sent before this version was committed. */
  leasesEnded: number
  cache: Readonly<Entry> | null
  lastToken: number
  processes: readonly Process[]
  /** Swaps that were given up and may still arrive. */
  late: readonly Stored[]
  flushesLeft: number
  failuresLeft: number
  deathsLeft: number
  neighboursLeft: number
  readonly neverBack: Scenario['neverBack']
  /** The promise that was broken. */
  broken: string | null
}

/** Version 0 is a placeholder. */
export interface Stored {
  version: number
  token: number
}

/** What stands under the key: put there by us, or by a neighbour who has the same key and another source. */
export interface Entry extends Stored {
  owner: 'us' | 'neighbour'
}

export interface Process {
  readonly name: string
  /** It shows nothing older. */
  floor: number
  /** When the look was sent that its lease stands on. */
  lease: number
  shown: number
  load: Work | null
  readonly writers: readonly Writer[]
  readonly readers: readonly Reader[]
}

/** A piece of work on the cache: a load that will be stored, or the offer of what a writer has made. */
export interface Work extends Stored {
  stage: 'get' | 'add' | 'get again' | 'load' | 'swap' | 'compare' | 'clear'
}

export interface Writer {
  readonly name: string
  stage: 'commit' | 'offer' | 'wait for a load' | 'share a load' | 'wait a lease' | 'done'
  version: number
  offer: Work | null
}

export interface Reader {
  readonly name: string
  stage: 'arrive' | 'look' | 'get' | 'wait for a load' | 'share a load' | 'done'
  readsLeft: number
  lookSentAt: number
  arrival: Arrival
}

/** What was so when a read arrived. */
export interface Arrival {
  readonly answered: number
  readonly shown: number
  readonly loadUnderWay: boolean
}

/** Who lives in a process: a number of writers, and for each of its readers a number of reads. */
export interface Inhabitants {
  readonly writers: number
  readonly reads: readonly number[]
}

export interface Scenario {
  readonly processes: readonly Inhabitants[]
  /** Whether the queue may go back from a page of one process to that of another: it may where one has lost its cache. */
  readonly neverBack: 'on one process' | 'anywhere'
  readonly flushes?: number
  readonly failures?: number
  readonly deaths?: number
  /** How often the neighbour puts its own value under the key. */
  readonly neighbours?: number
}

export const noArrival: Arrival = { answered: 0, shown: 0, loadUnderWay: false }

/** Version 1 is cached, and every process has seen it and holds a lease. */
export function start(scenario: Scenario): State {
  const { processes, neverBack, flushes = 0, failures = 0, deaths = 0, neighbours = 0 } = scenario
  return {
    committed: 1,
    answered: 1,
    leasesEnded: 1,
    cache: { version: 1, token: 1, owner: 'us' },
    lastToken: 1,
    processes: processes.map((inhabitants, index) => startProcess('ABCD'.charAt(index), inhabitants)),
    late: [],
    flushesLeft: flushes,
    failuresLeft: failures,
    deathsLeft: deaths,
    neighboursLeft: neighbours,
    neverBack,
    broken: null,
  }
}

function startProcess(name: string, { writers, reads }: Inhabitants): Process {
  return {
    name,
    floor: 1,
    lease: 1,
    shown: 1,
    load: null,
    writers: Array.from({ length: writers }, (_, index) => ({
      name: nameIn(name, 'writer', index, writers),
      stage: 'commit',
      version: 0,
      offer: null,
    })),
    readers: reads.map((readsLeft, index) => ({
      name: nameIn(name, 'reader', index, reads.length),
      stage: 'arrive',
      readsLeft,
      lookSentAt: 0,
      arrival: noArrival,
    })),
  }
}

function nameIn(process: string, role: string, index: number, total: number): string {
  return total === 1 ? `${process}'s ${role}` : `${process}'s ${role} ${index + 1}`
}

/** A copy in which one process, or none, may be changed; what else is shared is only ever replaced. */
export function copy(state: State, changing?: number): State {
  const processes = state.processes.map((process, index) =>
    index === changing ? copyProcess(process) : process,
  )
  return { ...state, processes }
}

function copyProcess(process: Process): Process {
  return {
    ...process,
    load: process.load && { ...process.load },
    writers: process.writers.map((writer) => ({ ...writer, offer: writer.offer && { ...writer.offer } })),
    readers: process.readers.map((reader) => ({ ...reader })),
  }
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}
