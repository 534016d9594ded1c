import { sample } from '../support/sample.js'
import { apart, readersTogether, twoReaders, writer } from './actors.js'
import { search } from './search.js'
import type { Actors, Scenario } from './state.js'

const repeatingReader: Actors = { writers: [], readers: [{ key: 0, reads: 2 }] }
const writerAndReader: Actors = { writers: [0], readers: [{ key: 0, reads: 1 }] }
const everybody: Actors = { writers: [0, 0], readers: twoReaders.readers }
const writerOfOther: Actors = { writers: [1], readers: [] }
const readerOfBoth: Actors = {
  writers: [],
  readers: [
    { key: 0, reads: 1 },
    { key: 1, reads: 1 },
  ],
}

/** A search that reaches fewer states than this has missed most of the orders. */
type Promised = [who: string, statesAtLeast: number, scenario: Scenario]

const promised: Promised[] = [
  [
    'four processes, one of which may die before its publish',
    5_000,
    { ...apart, deaths: 1, neverBack: 'anywhere' },
  ],
  ['four processes and a flush', 50_000, { ...apart, flushes: 1 }],
  ['four processes, one of which may fail to reach the cache', 50_000, { ...apart, failures: 1 }],
  ['two readers in one process, and a failure', 25_000, { ...readersTogether, failures: 1 }],
  [
    'a writer and a reader in each of two processes, and a flush',
    40_000,
    { processes: [writerAndReader, writerAndReader], flushes: 1 },
  ],
  [
    'everybody in one process, a flush and a death',
    15_000,
    { processes: [everybody], flushes: 1, deaths: 1 },
  ],
  ['four processes and a neighbour who overwrites the key', 20_000, { ...apart, neighbours: 1 }],
  [
    'a writer and a reader in each of two processes, and a neighbour',
    20_000,
    { processes: [writerAndReader, writerAndReader], neighbours: 1 },
  ],
  [
    'a reader who comes again, and a flush',
    10_000,
    { processes: [writer, writer, repeatingReader], flushes: 1 },
  ],
  [
    'two keys: a process that reads both, a writer for each, and a failure',
    10_000,
    { processes: [writer, writerOfOther, readerOfBoth], keys: 2, failures: 1 },
  ],
  [
    'two keys that are written and read by two processes, and a flush',
    10_000,
    {
      processes: [writer, { ...writerOfOther, readers: readerOfBoth.readers }],
      keys: 2,
      flushes: 1,
    },
  ],
]

test.each(sample(promised, promised.length))(
  'no order of steps of two writers and two readers shows a stale page: %s',
  (_who, statesAtLeast, scenario) => {
    const { states, violation } = search(scenario)
    expect(violation).toEqual([])
    expect(states).toBeGreaterThan(statesAtLeast)
  },
)

test('a process that has lost its cache may be ahead of others, as the contract admits', () => {
  const { violation } = search({ ...apart, failures: 1, neverBack: 'anywhere' })
  expect(violation).toContain('C gives up on the cache')
  expect(violation.at(-1)).toBe("back: D's reader is shown 1 after 2 was shown")
})
