import { checkStamp, type Source, type Versioned } from './Source.js'

/** A key whose version is checked. */
export interface CheckedKey {
  readonly key: string
  /** Called with the source's answer to a query that was sent at this moment. */
  observe(stamp: Versioned, sentAtMs: number): Promise<unknown>
}

/** What version checks need of the source. */
type VersionSource = Pick<Source<Versioned>, 'versions' | 'isUnavailable'>

/** Reads the answer to a query: the stamp of one of its keys. @throws that key's error */
type ReadStamp = (key: string) => Versioned

/** A query is asked again in halves until it has failed this often. So a bug that makes each fail costs few queries. */
const MAX_FAILURES = 50

class Query {
  /** Not names: if a key was forgotten and is read again, its reads may have shown a newer version than this query finds. */
  readonly keys = new Set<CheckedKey>()
  readonly answer: Promise<ReadStamp>
  sentAtMs = Number.POSITIVE_INFINITY
  failures = 0

  constructor(send: (query: Query) => Promise<ReadStamp>) {
    this.answer = send(this)
  }
}

/**
 * Checks the versions of many keys with few queries. One query is under way at a time. Keys that need a check meanwhile
 * share the next query. Keys that are read are checked again in the background, all together, after half a lease. So
 * their reads need not wait, and however many they are, they cost ten tiny queries a second (with a lease of 200 ms).
 * Keys that nobody reads are not checked, and their leases end. The next read of such a key waits for a check.
 */
export class VersionChecks {
  readonly #leaseMs: number
  readonly #maxKeys: number
  readonly #source: VersionSource
  readonly #inUse = new Set<CheckedKey>()
  #running: Query | undefined
  #next: Query | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  /** @param maxKeys how many keys are checked in the background; further ones are checked when they are read */
  constructor(leaseMs: number, maxKeys: number, source: VersionSource) {
    this.#leaseMs = leaseMs
    this.#maxKeys = maxKeys
    this.#source = source
  }

  /** Checks one key with a query that is sent after this moment. @throws the source's error */
  async startedAfter(momentMs: number, key: CheckedKey): Promise<void> {
    const running = this.#running
    const isAsked = running && running.sentAtMs > momentMs && running.keys.has(key)
    const query = isAsked ? running : this.#joinNext(key)
    const readStamp = await query.answer
    await key.observe(readStamp(key.key), query.sentAtMs)
  }

  /** Marks a key as in use: it is checked again, half a lease from now at the latest. */
  use(key: CheckedKey): void {
    // Without a lease each read has a check of its own. If the lease is endless, no other process writes.
    if (this.#leaseMs === 0 || !Number.isFinite(this.#leaseMs) || this.#isStopped) return
    if (this.#inUse.size < this.#maxKeys) this.#inUse.add(key)
    this.#timer ??= setTimeout(() => this.#renew(), this.#leaseMs / 2).unref()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #renew(): void {
    this.#timer = undefined // the next read starts a new one
    const halfALeaseAgoMs = performance.now() - this.#leaseMs / 2
    // A failed check is reported by the source. The next read asks again and gets the same error.
    for (const key of this.#inUse) this.startedAfter(halfALeaseAgoMs, key).catch(() => {})
    this.#inUse.clear()
  }

  #joinNext(key: CheckedKey): Query {
    this.#next ??= new Query((query) => this.#send(query))
    this.#next.keys.add(key)
    return this.#next
  }

  async #send(query: Query): Promise<ReadStamp> {
    await this.#running?.answer.catch(() => {}) // its own callers get the error
    await new Promise((resolve) => setImmediate(resolve)) // so that all calls in one tick share one query
    this.#next = undefined
    this.#running = query
    query.sentAtMs = performance.now()
    try {
      return await this.#askFor([...new Set([...query.keys].map(({ key }) => key))], query)
    } finally {
      this.#running = undefined
    }
  }

  /** If the query fails because of one key, each half is asked again, so that the other keys get their answers. */
  async #askFor(keys: readonly string[], query: Query): Promise<ReadStamp> {
    try {
      const { origin, versions } = await this.#source.versions(keys)
      return (key) => checkStamp(key, { version: versions.get(key), origin })
    } catch (error) {
      if (this.#source.isUnavailable(error)) throw error
      if (keys.length === 1 || ++query.failures > MAX_FAILURES)
        return () => {
          throw error
        }
      const firstHalf = new Set(keys.slice(0, keys.length / 2))
      const first = await this.#askFor([...firstHalf], query)
      const second = await this.#askFor(keys.slice(firstHalf.size), query)
      return (key) => (firstHalf.has(key) ? first(key) : second(key))
    }
  }
}
