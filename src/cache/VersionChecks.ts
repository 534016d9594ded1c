import { checkStamp, type Versioned, type Versions } from './Source.js'

/** A key whose version is checked. */
export interface CheckedKey {
  readonly key: string
  /** The source answered this version to what was sent at this moment. */
  observe(stamp: Versioned, sentAtMs: number): Promise<unknown>
}

type Ask = (keys: readonly string[]) => Promise<Versions>

class Query {
  readonly keys = new Set<string>()
  readonly answer: Promise<Versions>
  sentAtMs = Number.POSITIVE_INFINITY

  constructor(send: (query: Query) => Promise<Versions>) {
    this.answer = send(this)
  }
}

/**
 * Checks the versions of many keys with few queries. One is under way at a time; who comes meanwhile shares the next.
 * The keys that are read are checked again in the background, all together and at half time of their leases, so that
 * no read waits for it and the source gets at most ten tiny queries a second, whatever the traffic. Keys that nobody reads
 * are not asked for, and their leases end.
 */
export class VersionChecks {
  readonly #leaseMs: number
  readonly #ask: Ask
  readonly #inUse = new Set<CheckedKey>()
  #running: Query | undefined
  #next: Query | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(leaseMs: number, ask: Ask) {
    this.#leaseMs = leaseMs
    this.#ask = ask
  }

  /** Checks one key with a query that is sent after this moment. Rejects as the source does. */
  async startedAfter(momentMs: number, key: CheckedKey): Promise<void> {
    const running = this.#running
    const isAsked = running && running.sentAtMs > momentMs && running.keys.has(key.key)
    const query = isAsked ? running : this.#joinNext(key)
    const { origin, versions } = await query.answer
    await key.observe(checkStamp(key.key, versions.get(key.key), origin), query.sentAtMs)
  }

  /** Has a key checked once more, half a lease from now at the latest. */
  use(key: CheckedKey): void {
    // No lease: each read has a check of its own. An endless one: no other process writes.
    if (this.#leaseMs === 0 || !Number.isFinite(this.#leaseMs) || this.#isStopped) return
    this.#inUse.add(key)
    this.#timer ??= setTimeout(() => this.#renew(), this.#leaseMs / 2).unref()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #renew(): void {
    this.#timer = undefined // the next read starts another
    const halfALeaseAgoMs = performance.now() - this.#leaseMs / 2
    // A check that fails has told its owner so; the next read asks again and meets the same failure.
    for (const key of this.#inUse) this.startedAfter(halfALeaseAgoMs, key).catch(() => {})
    this.#inUse.clear()
  }

  #joinNext({ key }: CheckedKey): Query {
    this.#next ??= new Query((query) => this.#send(query))
    this.#next.keys.add(key)
    return this.#next
  }

  async #send(query: Query): Promise<Versions> {
    await this.#running?.answer.catch(() => {}) // its own callers hear of that
    await new Promise((resolve) => setImmediate(resolve)) // so that all who call in one tick share one query
    this.#next = undefined
    this.#running = query
    query.sentAtMs = performance.now()
    try {
      return await this.#ask([...query.keys])
    } finally {
      this.#running = undefined
    }
  }
}
