import { residentMb } from '../accounting.js'
import { addOneByOne, put, type Target } from '../load.js'
import type { Setup } from '../Setup.js'
import { CountingProxy } from './CountingProxy.js'
import { listen } from './windows.js'

export const PARTS = ['web', 'postgres', 'memcached'] as const
export type Part = (typeof PARTS)[number]
export type CpuUs = Readonly<Record<Part, number>>

/** What one operation costs. */
export interface UnitCost {
  readonly cpuUs: CpuUs
  /** Between the web process and each server, both ways. */
  readonly bytes: Readonly<Record<'postgres' | 'memcached', number>>
}

export interface UnitCosts {
  readonly hit: UnitCost
  readonly miss: UnitCost
  readonly versionCheck: UnitCost
  /** An add alone, and one of many in one commit (`addsInOneCommit` of them). */
  readonly addAlone: UnitCost
  readonly addTogether: UnitCost
  readonly addsInOneCommit: number
  /** To send one change to one open window. */
  readonly eventToWindow: UnitCost
  readonly windowKb: number
}

export interface Amounts {
  readonly hits: number
  readonly oneByOne: number
  readonly adds: number
  readonly windows: number
  readonly changes: number
}

const CONNECTIONS = 32
const BROWSER = { accept: 'text/html' }

/** Measures each operation on a web process of its own, with 100 items in the queue. */
export async function measureUnits(setup: Setup, amounts: Amounts): Promise<UnitCosts> {
  const { oneByOne, adds, windows, changes } = amounts
  const meter = await Meter.start(setup)
  try {
    const web = await setup.product(meter.env)
    const asking = await setup.product({ ...meter.env, FRESHNESS_LEASE_MS: '0' })
    const load = (requests: number, connections = CONNECTIONS) =>
      put(web, { connections, requests, headers: BROWSER })
    await load(amounts.hits)
    await put(asking, { connections: 1, requests: oneByOne, headers: BROWSER })
    await addOneByOne(web, oneByOne)

    const hit = await meter.cost(web, amounts.hits, () => load(amounts.hits))
    const hitAlone = await meter.cost(web, oneByOne, () => load(oneByOne, 1))
    const hitChecked = await meter.cost(asking, oneByOne, () =>
      put(asking, { connections: 1, requests: oneByOne, headers: BROWSER }),
    )
    const miss = await meter.cost(web, oneByOne, () => missOneByOne(setup, web, oneByOne))
    const addAlone = await meter.cost(web, oneByOne, () => addOneByOne(web, oneByOne))
    const commitsBefore = await setup.commits()
    const addTogether = await meter.cost(web, adds, () =>
      put(web, { connections: CONNECTIONS, requests: adds, adds: true }),
    )
    const addsInOneCommit = adds / Math.max(1, (await setup.commits()) - commitsBefore)
    const beforeMb = residentMb(web.pid)
    const streams = await listen(web, windows)
    const windowKb = ((residentMb(web.pid) - beforeMb) / windows) * 1000
    const sent = await meter.cost(web, windows * changes, () => addOneByOne(web, changes))
    streams.close()
    return {
      hit,
      miss,
      versionCheck: minus(hitChecked, hitAlone),
      addAlone,
      addTogether,
      addsInOneCommit,
      eventToWindow: minus(sent, times(addAlone, 1 / windows)),
      windowKb,
    }
  } finally {
    meter.stop()
  }
}

/** Reads processor time and counts bytes around a piece of work. */
class Meter {
  readonly env: Readonly<Record<string, string>>
  readonly #setup: Setup
  readonly #postgres: CountingProxy
  readonly #memcached: CountingProxy

  static async start(setup: Setup): Promise<Meter> {
    const { postgres, memcached } = setup.ports
    return new Meter(setup, await CountingProxy.start(postgres), await CountingProxy.start(memcached))
  }

  private constructor(setup: Setup, postgres: CountingProxy, memcached: CountingProxy) {
    this.#setup = setup
    this.#postgres = postgres
    this.#memcached = memcached
    this.env = setup.envThrough({ postgres: postgres.port, memcached: memcached.port })
  }

  async cost(web: Target, operations: number, work: () => Promise<unknown>): Promise<UnitCost> {
    const before = this.#read(web)
    await work()
    return times(minus(this.#read(web), before), 1 / operations)
  }

  stop(): void {
    this.#postgres.stop()
    this.#memcached.stop()
  }

  #read(web: Target): UnitCost {
    return {
      cpuUs: this.#setup.cpuUs(web),
      bytes: { postgres: this.#postgres.bytes, memcached: this.#memcached.bytes },
    }
  }
}

async function missOneByOne(setup: Setup, web: Target, count: number): Promise<void> {
  const statuses: string[] = []
  for (let i = 0; i < count; i++) {
    await setup.flush()
    const response = await fetch(web.url, { headers: BROWSER })
    await response.arrayBuffer()
    statuses.push(response.headers.get('cache-status') ?? '')
  }
  const misses = statuses.filter((status) => status.includes('fwd=miss')).length
  if (misses < count * 0.95) throw new Error(`Only ${misses} of ${count} loads missed`)
}

export function times(cost: UnitCost, factor: number): UnitCost {
  return combine(cost, cost, (value) => value * factor)
}

export function plus(one: UnitCost, other: UnitCost): UnitCost {
  return combine(one, other, (a, b) => a + b)
}

/** A small difference of two measurements may be negative. */
export function minus(one: UnitCost, other: UnitCost): UnitCost {
  return combine(one, other, (a, b) => Math.max(0, a - b))
}

function combine(one: UnitCost, other: UnitCost, of: (a: number, b: number) => number): UnitCost {
  return {
    cpuUs: {
      web: of(one.cpuUs.web, other.cpuUs.web),
      postgres: of(one.cpuUs.postgres, other.cpuUs.postgres),
      memcached: of(one.cpuUs.memcached, other.cpuUs.memcached),
    },
    bytes: {
      postgres: of(one.bytes.postgres, other.bytes.postgres),
      memcached: of(one.bytes.memcached, other.bytes.memcached),
    },
  }
}
