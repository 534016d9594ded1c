import { LEFT_OUT } from '../../lab/gallery/ours.js'
import { sample } from '../support/sample.js'
import { apart } from './actors.js'
import { search } from './search.js'
import type { Scenario } from './state.js'

const twoKeys: Scenario = {
  processes: [
    { writers: [1], readers: [] },
    { writers: [], readers: [{ key: 1, reads: 1 }] },
  ],
  keys: 2,
  failures: 1,
}

// A search that finds nothing is only convincing if it can find races: without any one of the rules there is one.
// Those of most rules are drawn in docs/races.md: lab/gallery.test.ts compares them step by step.
test.each(sample(LEFT_OUT))(
  'with the rule "$rule" left out the search finds a stale page',
  ({ rule, scenario }) => {
    expect(search(scenario, rule).violation.at(-1)).toMatch(/^(stale|foreign): /)
  },
)

test('if a lease were for all keys, a check of one key would make another one stale', () => {
  expect(search(twoKeys, 'a lease is for one key').violation).toEqual([
    "A's writer commits 2",
    "A's writer gives up on the cache",
    "A's writer answers 2 a lease later",
    "B's reader arrives and trusts a check of another key",
    "B's reader shows 1 from the cache",
    "stale: B's reader is shown 1 after 2 was answered",
  ])
})

test('if a touch did not compare tokens, it would take whatever is there for what is known', () => {
  expect(search(apart, 'a touch compares tokens').violation).toEqual([
    "A's writer commits 2",
    "A's writer gets 1",
    "A's writer swaps in 2",
    "C's reader arrives and trusts a check sent at 1",
    "C's reader touches the entry and shows 1",
    "stale: C's reader is shown 1 after 2 was answered",
  ])
})
