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
    sentence: 'Nobody tells the cache of the write, so the old page is shown until it expires.',
  },
  {
    id: 'delete',
    failures: 0,
    title: 'delete on write',
    sentence:
      'A page load that missed sets what it has loaded after a newer write has deleted the key. It stays until the next write.',
  },
  {
    id: 'update',
    failures: 0,
    title: 'update on write',
    sentence:
      'Two writes at once: the one that committed first sets its page last. It stays until the next write.',
  },
  {
    id: 'versions',
    failures: 1,
    title: 'versions with compare-and-swap',
    sentence:
      'No order of steps is wrong as long as the cache answers. One write that can’t reach it, and the old page stays.',
  },
]
