import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { CacheService } from '../src/cache/CacheService.js'
import { type CacheStore, CacheUnavailable, type StoredBytes, type Token } from '../src/cache/CacheStore.js'

/** Short, so that a write whose publish is not confirmed is soon answered; how short doesn't matter to the rules. */
const LEASE_MS = 4
const RUNS = 300

interface Value {
  readonly version: number
}

/** Lets a step happen when the scheduler picks it. */
type Turn = (label: string) => Promise<void>

/** What the processes share, where every operation waits for its turn both to happen and to be heard of. */
class World {
  version = 1
  readonly #turn: Turn
  #stored: StoredBytes | undefined

  constructor(turn: Turn) {
    this.#turn = turn
  }

  async commit(who: string): Promise<{ value: Value }> {
    return await this.#step(`${who} commits`, () => ({ value: { version: ++this.version } }))
  }

  async flush(): Promise<void> {
    await this.#step('the cache is flushed', () => {
      this.#stored = undefined
    })
  }

  process(name: string, mayFail: () => boolean): CacheService<Value> {
    return new CacheService<Value>({
      store: this.#storeFor(name, mayFail),
      key: 'queue',
      codec: {
        format: 'value/1',
        encode: ({ version }) => Buffer.from(String(version)),
        decode: (_body, version) => ({ version }),
      },
      source: {
        load: () => this.#step(`${name} loads`, () => ({ version: this.version })),
        version: () => this.#step(`${name} looks at the version`, () => this.version),
        isUnavailable: () => false,
      },
      sourceEvents: { onLost: () => {}, onRegained: () => {} },
      leaseMs: LEASE_MS,
      auditOneIn: 0,
      onStale: () => {},
    })
  }

  #storeFor(name: string, mayFail: () => boolean): CacheStore {
    const operation = async <R>(what: string, happen: () => R): Promise<R> => {
      const fails = mayFail()
      const result = await this.#step(`${name} ${what}`, happen)
      if (fails) throw new CacheUnavailable('the answer never came')
      return result
    }
    const put = (bytes: Buffer): Token => {
      const token = {}
      this.#stored = { bytes, token }
      return token
    }
    return {
      name: 'scheduled',
      gets: () => operation('gets', () => this.#stored),
      add: (_key, bytes) => operation('adds', () => (this.#stored ? undefined : put(bytes))),
      cas: (_key, bytes, token) =>
        operation('swaps', () => {
          if (this.#stored?.token !== token) return 'conflict'
          put(bytes)
          return 'stored'
        }),
      delete: () =>
        operation('deletes', () => {
          this.#stored = undefined
        }),
      close: () => {},
    }
  }

  async #step<R>(label: string, happen: () => R): Promise<R> {
    await this.#turn(label)
    const result = happen()
    await this.#turn(`${label}: the answer`)
    return result
  }
}

/** What was answered, checked whenever a read ends against what was known when it began. */
class Witness {
  #answered = 1
  #shown = 1

  async write(process: CacheService<Value>, world: World, who: string): Promise<void> {
    const { value } = await process.write(() => world.commit(who))
    this.#answered = Math.max(this.#answered, value.version)
  }

  async read(process: CacheService<Value>): Promise<void> {
    const answered = this.#answered
    const shown = this.#shown
    const { value, outcome } = await process.read()
    expect(value.version).toBeGreaterThanOrEqual(answered)
    expect(value.version).toBeGreaterThanOrEqual(shown)
    // A process that has lost its cache may be ahead of the others.
    if (outcome !== 'bypass') this.#shown = Math.max(this.#shown, value.version)
  }
}

/** Runs two processes with a writer and a reader each, in an order of steps that the scheduler chooses. */
async function play(scheduler: fc.Scheduler, flushes: number, failures: boolean[]): Promise<void> {
  const world = new World((label) => scheduler.schedule(Promise.resolve(), label))
  const processes = ['A', 'B'].map((name) => world.process(name, () => failures.pop() ?? false))
  const witness = new Witness()
  const actors = processes.flatMap((process, index) => [
    witness.write(process, world, `writer ${index + 1}`),
    (async () => {
      for (let read = 0; read < 3; read++) await witness.read(process)
    })(),
  ])
  for (let flush = 0; flush < flushes; flush++) actors.push(world.flush())
  let isOver = false
  const all = Promise.all(actors).finally(() => {
    isOver = true
  })
  all.catch(() => {}) // it is awaited below, once the loop has seen its end
  while (!isOver) {
    if (scheduler.count() > 0) await scheduler.waitNext(1)
    await nextTurn() // what waits for the lease, or for the end of a turn, goes on by itself
  }
  for (const process of processes) process.close()
  await all
}

describe('the CacheService of two processes, in any order of their steps', () => {
  it('is never stale and never goes back, however often the cache is flushed', async () => {
    const orders = fc.asyncProperty(fc.scheduler(), fc.nat(3), (scheduler, flushes) =>
      play(scheduler, flushes, []),
    )
    await fc.assert(orders, { numRuns: RUNS })
  })

  it('is never stale and never goes back where operations of the cache fail, whether or not they happened', async () => {
    const failures = fc.array(fc.boolean(), { maxLength: 20 })
    const orders = fc.asyncProperty(fc.scheduler(), fc.nat(2), failures, (scheduler, flushes, failing) =>
      play(scheduler, flushes, [...failing]),
    )
    await fc.assert(orders, { numRuns: RUNS })
  })
})
