/** A way of caching the queue's page, as the lab runs and explains it. */
export interface Way {
  readonly id: 'none' | 'expire' | 'delete' | 'update' | 'versions' | 'app'
  readonly name: string
  /** What it does, in a sentence. */
  readonly does: string
}

/**
 * MemCachier's articles for Heroku's Dev Center teach the first three caching steps. The Python article teaches all
 * three with a queue, the Express article deletes the key on write. Their text is at https://github.com/memcachier/docs.
 */
export const ARTICLE = 'https://devcenter.heroku.com/articles/expressjs-memcache'

export const WAYS: readonly Way[] = [
  { id: 'none', name: 'no cache', does: 'Every page load asks Postgres.' },
  {
    id: 'expire',
    name: 'expire',
    does: 'A page stays in memcache for 5 seconds. The first step of the article.',
  },
  { id: 'delete', name: 'delete', does: 'Each write deletes the key. The second step of the article.' },
  {
    id: 'update',
    name: 'update',
    does: 'Each write sets the new page: “the cache will not ever be out-of-date”. The last step of the article.',
  },
  {
    id: 'versions',
    name: 'versions',
    does: 'Each write swaps its page in, but never over a newer one. What good engineers try next.',
  },
  { id: 'app', name: 'this app', does: 'Versions, fill tokens and a lease, started by its Procfile.' },
]
