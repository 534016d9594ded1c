import { apart, readersTogether } from '../../test/interleavings/actors.js'
import type { Rule } from '../../test/interleavings/cache.js'
import type { Scenario } from '../../test/interleavings/state.js'

/** What the search lets happen to the app with all its rules. */
export const SCENARIOS: readonly Scenario[] = [
  { ...apart, flushes: 1 },
  { ...apart, failures: 1 },
  { ...apart, neighbours: 1 },
]

/** One rule of docs/how-the-cache-stays-true.md, and a scenario that ends with a stale page without it. */
export interface LeftOut {
  readonly id: string
  readonly rule: Rule
  readonly scenario: Scenario
  readonly title: string
  readonly sentence: string
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    id: 'without-cas',
    rule: 'compare-and-swap',
    scenario: apart,
    title: 'without compare-and-swap',
    sentence: 'A plain `set` overwrites any entry. The older page wins because its writer was slower.',
  },
  {
    id: 'without-token-first',
    rule: 'token before load',
    scenario: apart,
    title: 'without the token before the load',
    sentence: 'A token that is read after the load proves nothing about what was stored in between.',
  },
  {
    id: 'without-lease',
    rule: 'lease',
    scenario: { ...apart, failures: 1 },
    title: 'without the lease',
    sentence: 'A process that asks only the cache never notices a write that could not reach the cache.',
  },
  {
    id: 'without-waiting',
    rule: 'wait after an unconfirmed publish',
    scenario: { ...apart, failures: 1 },
    title: 'without waiting after an unconfirmed publish',
    sentence: 'The write is answered while another process still trusts its last version check.',
  },
  {
    id: 'without-own-load',
    rule: 'no joining of older loads',
    scenario: { ...readersTogether, failures: 1 },
    title: 'without a load of one’s own',
    sentence: 'A visitor who joins a load that is already under way gets a page from before the visit.',
  },
  {
    id: 'without-new-tokens',
    rule: 'tokens end with their server',
    scenario: { ...apart, flushes: 1 },
    title: 'without throwing tokens away with their server',
    sentence:
      'A restarted server counts its tokens from 1 again, so an old token matches an entry that it was never read with.',
  },
  {
    id: 'without-origin',
    rule: 'an entry says whose it is',
    scenario: { ...apart, neighbours: 1 },
    title: 'without saying whose an entry is',
    sentence: 'Another app’s page under the same key has a newer version, so it counts as a hit.',
  },
]
