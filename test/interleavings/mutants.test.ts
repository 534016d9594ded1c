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

// Most of the races that it finds are drawn in docs/races.md: lab/gallery.test.ts compares them step by step.
const mutants: Pick<(typeof LEFT_OUT)[number], 'rule' | 'scenario'>[] = [
  ...LEFT_OUT,
  { rule: 'a lease is for one key', scenario: twoKeys },
  { rule: 'a touch compares tokens', scenario: apart },
]

// A search that finds nothing is only convincing if it can find races: without any one of the rules there is one.
test.each(sample(mutants))(
  'with the rule "$rule" left out the search finds a stale page',
  ({ rule, scenario }) => {
    expect(search(scenario, rule).violation.at(-1)).toMatch(/^(stale|foreign): /)
  },
)
