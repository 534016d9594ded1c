import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { type CacheStore, CacheUnavailable } from '../../src/cache/CacheStore.js'
import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { numbered, ORIGIN, type Process, sealed, startProcess, TestSource } from '../cache/processes.js'
import { runs } from '../support/sample.js'
import { at } from './state.js'

/** Longer than a run: what a process has looked at before, it trusts to the end. */
const LEASE_MS = 1000
const RUNS = 300
const READS_EACH = 5

/** Writes whose publish was not confirmed: they are answered only after their run. */
const unanswered: Promise<void>[] = []

afterAll(() => Promise.all(unanswered))

/** The same object, but each call waits for its turn to happen, and then for its turn to be heard of. */
function inTurns<T extends object>(target: T, who: string, scheduler: () => fc.Scheduler | undefined): T {
  const turn = async (what: string): Promise<void> => {
    await scheduler()?.schedule(Promise.resolve(), `${who} ${what}`)
  }
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'isUnavailable' || name === 'close') return member.bind(target)
      return async (...args: unknown[]): Promise<unknown> => {
        await turn(`asks: ${String(name)}`)
        const answer: unknown = await member.apply(target, args)
        await turn(`hears: ${String(name)}`)
        return answer
      }
    },
  })
}

/** The same store, but the answer to an operation may get lost. */
function losing(store: CacheStore, isLost: () => boolean): CacheStore {
  const hear = async <R>(answer: Promise<R>): Promise<R> => {
    const heard = await answer
    if (isLost()) throw new CacheUnavailable('the answer got lost')
    return heard
  }
  return {
    name: store.name,
    gets: (key) => hear(store.gets(key)),
    add: (key, bytes) => hear(store.add(key, bytes)),
    cas: (key, bytes, token) => hear(store.cas(key, bytes, token)),
    delete: (key) => hear(store.delete(key)),
    close: () => store.close(),
  }
}

/** What was answered and shown, checked whenever a read ends against what was known when it began. */
class Witness {
  readonly outcomes = new Set<string>()
  #answered = 1
  readonly #shown = new Map<Process, number>()

  async write(process: Process): Promise<void> {
    const { value } = await process.cache.write(() => process.source.commit())
    this.#answered = Math.max(this.#answered, value.version)
  }

  async read(process: Process): Promise<void> {
    const answered = this.#answered
    const shown = this.#shown.get(process) ?? 1
    const { value, outcome } = await process.cache.read()
    this.outcomes.add(outcome)
    expect(value.origin).toBe(ORIGIN)
    expect(value.version).toBeGreaterThanOrEqual(answered)
    expect(value.version).toBeGreaterThanOrEqual(shown)
    this.#shown.set(process, Math.max(shown, value.version))
  }
}

/** In which of three processes each of two writers and two readers lives, and what goes wrong. */
interface Plan {
  readonly writers: readonly number[]
  readonly readers: readonly number[]
  readonly flushes: number
  /** How often a neighbour overwrites the key with the value of another source. */
  readonly neighbours: number
  /** The operations on the cache, by their number, whose answers get lost. */
  readonly losses: readonly number[]
}

const home = fc.nat(2)
const plans: fc.Arbitrary<Plan> = fc.record({
  writers: fc.tuple(home, home),
  readers: fc.tuple(home, home),
  flushes: fc.nat(3),
  neighbours: fc.nat(3),
  losses: fc.array(fc.nat(20), { maxLength: 3 }),
})

/** @returns what became of the reads */
async function play(plan: Plan, order: fc.Scheduler): Promise<Set<string>> {
  const { writers, readers, flushes, neighbours, losses } = plan
  let scheduler: fc.Scheduler | undefined
  let operations = 0
  const source = new TestSource()
  const store = new MemoryStore({ ttlSeconds: 500 })
  const processes = ['A', 'B', 'C'].map((name) => {
    const ownStore = losing(
      inTurns(store, name, () => scheduler),
      () => losses.includes(operations++),
    )
    return startProcess(
      inTurns(source, name, () => scheduler),
      ownStore,
      { leaseMs: LEASE_MS },
    )
  })
  for (const { cache } of processes) await cache.read() // all have seen version 1 and hold leases
  scheduler = order
  operations = 0
  const witness = new Witness()
  const fate = inTurns(store, 'fate', () => scheduler)
  unanswered.push(...writers.map((index) => inARow(2, () => witness.write(at(processes, index)))))
  const others = readers.map((index) => inARow(READS_EACH, () => witness.read(at(processes, index))))
  others.push(inARow(flushes, () => fate.delete('value')))
  others.push(inARow(neighbours, () => overwrite(fate)))
  try {
    await untilOver(Promise.all(others), order)
  } finally {
    scheduler = undefined
    await order.waitIdle()
    for (const { cache } of processes) cache.close()
  }
  return witness.outcomes
}

/** The neighbour asks nobody what stood there; its value is newer than any of ours. */
async function overwrite(store: CacheStore): Promise<void> {
  await store.delete('value')
  await store.add('value', sealed(numbered(1_000, 'theirs', 'source/2')))
}

async function inARow(times: number, act: () => Promise<void>): Promise<void> {
  for (let time = 0; time < times; time++) await act()
}

async function untilOver(work: Promise<unknown>, order: fc.Scheduler): Promise<void> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  over.catch(() => {}) // it is awaited below, once the loop has seen its end
  while (!isOver) {
    if (order.count() > 0) await order.waitNext(1)
    await nextTurn() // what waits for the end of a turn goes on by itself
  }
  await over
}

test('in any order of what three processes do to source and cache no page is stale and none goes back', async () => {
  const outcomes = new Set<string>()
  const orders = fc.asyncProperty(plans, fc.scheduler(), async (plan, order) => {
    for (const outcome of await play(plan, order)) outcomes.add(outcome)
  })
  await fc.assert(orders, { numRuns: runs(RUNS) })
  expect([...outcomes].sort()).toEqual(['bypass', 'hit', 'miss', 'stale'])
})
