interface VersionChecksOptions<K> {
  readonly leaseMs: number
  /** Asks the source for the versions of all these keys. @returns what is wrong with single ones of them */
  readonly ask: (keys: readonly K[]) => Promise<ReadonlyMap<K, unknown>>
}

interface Batch<K> {
  readonly keys: Set<K>
  startedAtMs: number
  readonly failures: Promise<ReadonlyMap<K, unknown>>
}

/**
 * Checks the versions of many keys with few queries. One is under way at a time; who comes meanwhile shares the next.
 * The keys that are read are checked again in the background, all together and at half time of their leases, so that
 * no read waits for it and the source gets ten tiny queries a second, whatever the traffic. Keys that nobody reads
 * are not asked for, and their leases end.
 */
export class VersionChecks<K extends object> {
  readonly #leaseMs: number
  readonly #ask: VersionChecksOptions<K>['ask']
  readonly #inUse = new Set<K>()
  #running: Batch<K> | undefined
  #next: Batch<K> | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor({ leaseMs, ask }: VersionChecksOptions<K>) {
    this.#leaseMs = leaseMs
    this.#ask = ask
  }

  /** Checks one key with a query that is sent after this moment. Rejects as the source does. */
  async startedAfter(momentMs: number, key: K): Promise<void> {
    const isShared = this.#running && this.#running.startedAtMs > momentMs && this.#running.keys.has(key)
    const batch = isShared ? this.#running : this.#joinNext(key)
    const failures = await batch?.failures
    if (failures?.has(key)) throw failures.get(key)
  }

  /** Has a key checked once more at half time. */
  use(key: K): void {
    // No lease: each read has a check of its own. An endless one: no other process writes.
    if (this.#leaseMs === 0 || !Number.isFinite(this.#leaseMs) || this.#isStopped) return
    this.#inUse.add(key)
    this.#timer ??= setInterval(() => this.#renew(), this.#leaseMs / 2).unref()
  }

  stop(): void {
    this.#isStopped = true
    this.#endTimer()
  }

  #renew(): void {
    const keys = [...this.#inUse]
    this.#inUse.clear()
    if (keys.length === 0) this.#endTimer()
    const halfALeaseAgoMs = performance.now() - this.#leaseMs / 2
    // A check that fails has told its owner so; the next read asks again and meets the same failure.
    for (const key of keys) this.startedAfter(halfALeaseAgoMs, key).catch(() => {})
  }

  #endTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #joinNext(key: K): Batch<K> {
    this.#next ??= this.#startNext()
    this.#next.keys.add(key)
    return this.#next
  }

  #startNext(): Batch<K> {
    const keys = new Set<K>()
    const batch: Batch<K> = {
      keys,
      startedAtMs: Number.POSITIVE_INFINITY,
      failures: this.#afterRunning().then(async () => {
        this.#next = undefined
        this.#running = batch
        batch.startedAtMs = performance.now()
        try {
          return await this.#ask([...keys])
        } finally {
          this.#running = undefined
        }
      }),
    }
    return batch
  }

  /** At the end of a tick, so that all who call in one tick share one query. */
  async #afterRunning(): Promise<void> {
    await this.#running?.failures.catch(() => {}) // its own callers hear of that
    await new Promise((resolve) => setImmediate(resolve))
  }
}
