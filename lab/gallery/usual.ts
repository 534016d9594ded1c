import type { Way } from '../ways.js'

/** A usual way, and what it takes to make it stale. */
export interface Usual {
  readonly id: Exclude<Way['id'], 'app'>
  /** How many operations on the cache fail. */
  readonly failures: number
  readonly title: string
  readonly sentence: string
}

export const USUAL: readonly Usual[] = [
  {
    id: 'expire',
    failures: 0,
    title: 'expire',
    sentence: 'A write does not change the cache, so the old page is shown until it expires.',
  },
  {
    id: 'delete',
    failures: 0,
    title: 'delete on write',
    sentence:
      'After a miss, a page load stores what it loaded. Meanwhile a newer write has deleted the key. The old page stays until the next write.',
  },
  {
    id: 'update',
    failures: 0,
    title: 'update on write',
    sentence:
      'Two writes at once: the one that committed first sets its page last. The old page stays until the next write.',
  },
  {
    id: 'versions',
    failures: 1,
    title: 'versions with compare-and-swap',
    sentence:
      'No order of steps is wrong as long as the cache answers. But if one write can’t reach it, the old page stays.',
  },
]
