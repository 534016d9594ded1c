import { sample } from '../support/sample.js'
import { apart, twoReaders, writer } from './actors.js'
import type { Rule } from './cache.js'
import { search } from './search.js'
import type { Scenario } from './state.js'

const readersTogether: Scenario = { ...apart, processes: [writer, writer, twoReaders] }

const twoKeys: Scenario = {
  processes: [
    { writers: [1], readers: [] },
    { writers: [], readers: [{ key: 1, reads: 1 }] },
  ],
  keys: 2,
  failures: 1,
  neverBack: 'on one process',
}

interface Mutant {
  readonly without: Rule
  readonly scenario: Scenario
  /** The race that this rule closes. */
  readonly race: readonly string[]
}

// A search that finds nothing is only convincing if it can find races: without any one of the rules there is one.
const mutants: Mutant[] = [
  {
    without: 'compare-and-swap',
    scenario: apart,
    race: [
      "A's writer commits 2",
      "A's writer gets 1",
      "B's writer commits 3",
      "B's writer gets 1",
      "B's writer swaps in 3",
      "A's writer swaps in 2",
      "C's reader arrives and trusts a check sent at 1",
      "C's reader shows 2 from the cache",
      "stale: C's reader is shown 2 after 3 was answered",
    ],
  },
  {
    without: 'token before load',
    scenario: apart,
    race: [
      "A's writer commits 2",
      "C's reader arrives and trusts a check sent at 2",
      "C's reader gets 1, which is of no use",
      'C loads 2',
      "B's writer commits 3",
      "B's writer gets 1",
      "B's writer swaps in 3",
      'C gets 3',
      'C swaps in 2',
      "D's reader arrives and trusts a check sent at 1",
      "D's reader shows 2 from the cache",
      "stale: D's reader is shown 2 after 3 was answered",
    ],
  },
  {
    without: 'lease',
    scenario: { ...apart, failures: 1 },
    race: [
      "A's writer commits 2",
      "A's writer gives up on the cache",
      "A's writer answers 2 a lease later",
      "C's reader arrives and trusts the cache",
      "C's reader shows 1 from the cache",
      "stale: C's reader is shown 1 after 2 was answered",
    ],
  },
  {
    without: 'wait after an unconfirmed publish',
    scenario: { ...apart, failures: 1 },
    race: [
      "A's writer commits 2",
      "A's writer gives up on the cache",
      "A's writer answers 2 at once",
      "C's reader arrives and trusts a check sent at 1",
      "C's reader shows 1 from the cache",
      "stale: C's reader is shown 1 after 2 was answered",
    ],
  },
  {
    without: 'no joining of older loads',
    scenario: { ...readersTogether, failures: 1 },
    race: [
      "A's writer commits 2",
      "C's reader 1 arrives and trusts a check sent at 2",
      "C's reader 1 gets 1, which is of no use",
      'C gets 1',
      'C loads 2',
      "B's writer commits 3",
      "B's writer gives up on the cache",
      "B's writer answers 3 a lease later",
      "C's reader 2 arrives and trusts a check sent at 3",
      "C's reader 2 gets 1, which is of no use",
      'C swaps in 2',
      "stale: C's reader 2 is shown 2 after 3 was answered",
    ],
  },
  {
    without: 'tokens end with their server',
    scenario: { ...apart, flushes: 1 },
    race: [
      "A's writer commits 2",
      "A's writer gets 1",
      "A's writer swaps in 2",
      "B's writer commits 3",
      "C's reader arrives and trusts a check sent at 1",
      'the cache restarts',
      "B's writer gets nothing",
      'B gets nothing',
      'B adds a placeholder',
      "C's reader touches the entry and shows 1",
      "stale: C's reader is shown 1 after 2 was answered",
    ],
  },
  {
    without: 'an entry says whose it is',
    scenario: { ...apart, neighbours: 1 },
    race: [
      "C's reader arrives and trusts a check sent at 1",
      'the neighbour overwrites the key',
      "C's reader shows 9 from the cache",
      "foreign: C's reader is shown the neighbour's queue",
    ],
  },
  {
    without: 'a lease is for one key',
    scenario: twoKeys,
    race: [
      "A's writer commits 2",
      "A's writer gives up on the cache",
      "A's writer answers 2 a lease later",
      "B's reader arrives and trusts a check of another key",
      "B's reader shows 1 from the cache",
      "stale: B's reader is shown 1 after 2 was answered",
    ],
  },
  {
    without: 'a touch compares tokens',
    scenario: apart,
    race: [
      "A's writer commits 2",
      "A's writer gets 1",
      "A's writer swaps in 2",
      "C's reader arrives and trusts a check sent at 1",
      "C's reader touches the entry and shows 1",
      "stale: C's reader is shown 1 after 2 was answered",
    ],
  },
]

test.each(sample(mutants))(
  'with the rule "$without" left out the search finds a stale page',
  ({ without, scenario, race }) => {
    expect(search(scenario, without).violation).toEqual(race)
  },
)
