/**
 * What the cache holds and what each process knows, at one moment. Versions are whole numbers from 1; 0 is none. A
 * moment is identified by the newest version committed then, because nothing else about time matters to the protocol.
 */
export interface State {
  readonly values: readonly Value[]
  readonly processes: readonly Process[]
  flushesLeft: number
  failuresLeft: number
  deathsLeft: number
  neighboursLeft: number
  readonly neverBack: NonNullable<Scenario['neverBack']>
  /** The promise that was broken. */
  broken: string | null
}

/** What all processes share of one key. */
export interface Value {
  committed: number
  /** The newest version whose writer has answered. */
  answered: number
  /** Reads that arrive from now on don't trust a version check that was sent before this version was committed. */
  leasesEnded: number
  cache: Readonly<Entry> | null
  lastToken: number
  /** Swaps that were given up and may still arrive. */
  late: readonly Stored[]
}

/** Version 0 is a placeholder. */
export interface Stored {
  version: number
  token: number
}

/** The entry under the key: ours, or that of a neighbour with the same key and another source. */
export interface Entry extends Stored {
  owner: 'us' | 'neighbour'
}

/** What a process knows of one key, and what it is doing for it. */
export interface Known {
  /** It shows nothing older. */
  minVersion: number
  /** When the version check of its lease was sent. */
  lease: number
  shown: number
  load: Work | null
  /** The entry that it has last seen in the cache, or stored there. */
  latest: Stored | null
}

export interface Process {
  readonly name: string
  readonly keys: readonly Known[]
  readonly writers: readonly Writer[]
  readonly readers: readonly Reader[]
}

/** A piece of work on the cache: a load that will be stored, or the publish of what a writer has made. */
export interface Work extends Stored {
  stage: 'get' | 'add' | 'get again' | 'load' | 'swap' | 'compare' | 'clear'
}

export interface Writer {
  readonly name: string
  readonly key: number
  stage: 'commit' | 'publish' | 'wait for a load' | 'share a load' | 'wait a lease' | 'done'
  version: number
  publish: Work | null
}

export interface Reader {
  readonly name: string
  readonly key: number
  stage: 'arrive' | 'check' | 'get' | 'wait for a load' | 'share a load' | 'done'
  readsLeft: number
  checkSentAt: number
  arrival: Arrival
}

/** The state of things when a read arrived. */
interface Arrival {
  readonly answered: number
  readonly shown: number
  readonly loadUnderWay: boolean
}

/** The writers and readers of a process. Each has one key, and each reader a number of reads. */
export interface Actors {
  readonly writers: readonly number[]
  readonly readers: readonly { readonly key: number; readonly reads: number }[]
}

export interface Scenario {
  readonly processes: readonly Actors[]
  /** How many keys there are; one if not given. */
  readonly keys?: number
  /**
   * Whether a page may be older than an earlier one of another process, which may be if one process has lost its cache.
   * Not on one process, if not given.
   */
  readonly neverBack?: 'on one process' | 'anywhere'
  readonly flushes?: number
  readonly failures?: number
  readonly deaths?: number
  /** How often the neighbour puts its own value under the first key. */
  readonly neighbours?: number
}

export const noArrival: Arrival = { answered: 0, shown: 0, loadUnderWay: false }

/** Version 1 of each key is cached, and every process has seen it and holds a lease. */
export function start(scenario: Scenario): State {
  const { processes, keys = 1, flushes = 0, failures = 0, deaths = 0, neighbours = 0 } = scenario
  return {
    values: Array.from({ length: keys }, () => ({
      committed: 1,
      answered: 1,
      leasesEnded: 1,
      cache: { version: 1, token: 1, owner: 'us' },
      lastToken: 1,
      late: [],
    })),
    processes: processes.map((actors, index) => startProcess('ABCD'.charAt(index), actors, keys)),
    flushesLeft: flushes,
    failuresLeft: failures,
    deathsLeft: deaths,
    neighboursLeft: neighbours,
    neverBack: scenario.neverBack ?? 'on one process',
    broken: null,
  }
}

function startProcess(name: string, { writers, readers }: Actors, keys: number): Process {
  return {
    name,
    keys: Array.from({ length: keys }, () => ({
      minVersion: 1,
      lease: 1,
      shown: 1,
      load: null,
      latest: { version: 1, token: 1 },
    })),
    writers: writers.map((key, index) => ({
      name: nameIn(name, 'writer', index, writers.length),
      key,
      stage: 'commit',
      version: 0,
      publish: null,
    })),
    readers: readers.map(({ key, reads }, index) => ({
      name: nameIn(name, 'reader', index, readers.length),
      key,
      stage: 'arrive',
      readsLeft: reads,
      checkSentAt: 0,
      arrival: noArrival,
    })),
  }
}

function nameIn(process: string, role: string, index: number, total: number): string {
  return total === 1 ? `${process}'s ${role}` : `${process}'s ${role} ${index + 1}`
}

/** A copy in which one process, or none, may be changed. Everything else is shared and only ever replaced. */
export function copy(state: State, changing?: number): State {
  const processes = state.processes.map((process, index) =>
    index === changing ? copyProcess(process) : process,
  )
  return { ...state, values: state.values.map((value) => ({ ...value })), processes }
}

function copyProcess(process: Process): Process {
  return {
    ...process,
    keys: process.keys.map((known) => ({ ...known, load: known.load && { ...known.load } })),
    writers: process.writers.map((writer) => ({
      ...writer,
      publish: writer.publish && { ...writer.publish },
    })),
    readers: process.readers.map((reader) => ({ ...reader })),
  }
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}
