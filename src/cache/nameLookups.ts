import { promises as dns } from 'node:dns'

/** By name, those that are under way or wait. */
const lookups = new Map<string, Promise<unknown>>()
let last: Promise<unknown> = Promise.resolve()

/**
 * Resolves when the system has found the address of this host. Rejects with its error if there is none.
 *
 * Looks up one name at a time, and each only once. If a name server is silent, a lookup takes ten seconds or more and
 * can't be cancelled, and Node looks up only two names at the same time. Attempts to connect that begin a new lookup
 * every second would keep both busy, and no connection to another host could be made: not even to Postgres.
 */
export function lookUp(host: string): Promise<unknown> {
  const known = lookups.get(host)
  if (known !== undefined) return known
  const lookup = last.then(() => dns.lookup(host)).finally(() => lookups.delete(host))
  lookups.set(host, lookup)
  last = lookup.catch(() => {}) // the caller gets the error
  return lookup
}
