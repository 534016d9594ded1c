import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseConfig } from '../../src/config.js'
import { createLog } from '../../src/process/log.js'
import { createServices, type Services } from '../../src/services.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { type Fault, FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'

/** A failure and its healing are mostly waiting, so several of them wait side by side. */
const LANES = 10
const WARM_UP_FAILURES = 12 * LANES
const FAILURES = 1_000
/** Far below what a thousand forgotten connections would hold, with a buffer each. */
const TOLERATED_BYTES = 4 * 2 ** 20

const BREAKS: readonly Fault[] = [{ kind: 'reset' }, { kind: 'cutAfter', responseBytes: 10 }]
/** The side that gives up must close these connections. Not for Postgres, because a write waits three seconds for it. */
const SILENCES: readonly Fault[] = [{ kind: 'stallAfter', responseBytes: 10 }, { kind: 'hold' }]

/** All that a web process has, with ways to its servers that can be broken. */
interface Lane {
  readonly services: Services
  readonly toMemcached: FaultyProxy
  readonly toPostgres: FaultyProxy
}

let database: TestDatabase
let memcached: Memcached
let lanes: Lane[]
const warnings: Error[] = []
const onWarning = (warning: Error) => warnings.push(warning)

beforeAll(async () => {
  database = await createDatabase()
  memcached = await startMemcached()
  lanes = await Promise.all(Array.from({ length: LANES }, startLane))
  await lanes[0]?.services.database.migrate()
  process.on('warning', onWarning)
})

afterAll(async () => {
  process.off('warning', onWarning)
  for (const { services, toMemcached, toPostgres } of lanes) {
    await services.close()
    await Promise.all([toMemcached.close(), toPostgres.close()])
  }
  await memcached.kill()
  await database.drop()
})

async function startLane(): Promise<Lane> {
  const toMemcached = await FaultyProxy.start(memcached.port)
  const { proxy: toPostgres, url } = await FaultyProxy.inFrontOf(database.url)
  const config = parseConfig({ DATABASE_URL: url, MEMCACHIER_SERVERS: toMemcached.address })
  const services = await createServices(config, createLog({ logLevel: 'silent', isProduction: true }))
  return { services, toMemcached, toPostgres }
}

/** Breaks connections while they are in use, again and again, and waits each time until all is well again. */
async function failTimes(times: number): Promise<void> {
  await Promise.all(
    lanes.map(async ({ services, toMemcached, toPostgres }) => {
      const faults = [
        ...[...BREAKS, ...SILENCES].map((fault) => ({ way: toMemcached, fault })),
        ...BREAKS.map((fault) => ({ way: toPostgres, fault })),
      ]
      for (let time = 0; time < times / LANES; time++) {
        const { way, fault } = faults[time % faults.length] ?? {}
        if (way && fault) await fail(services, way, fault)
      }
    }),
  )
}

async function fail({ queue }: Services, way: FaultyProxy, fault: Fault): Promise<void> {
  await way.setFault(fault)
  // Which of the two fails depends on the way that is broken; both have ended, one way or the other.
  await Promise.allSettled([queue.front(), queue.write({ remove: 'oldest' })])
  await way.heal()
  await until('pages come from the cache again', async () => {
    const { current, cache } = await queue.front()
    return current && cache?.status === 'hit'
  })
}

function open(resource: 'TCPSocketWrap' | 'Timeout'): number {
  return process.getActiveResourcesInfo().filter((name) => name === resource).length
}

/** What is open besides the connections that are in use, which differ from moment to moment. */
function strayed(): { sockets: number; timers: number } {
  const toMemcached = sum(lanes.map((lane) => lane.toMemcached.connections))
  const toPostgres = sum(lanes.map((lane) => lane.toPostgres.connections))
  return {
    sockets: open('TCPSocketWrap') - 3 * (toMemcached + toPostgres), // its own, and two of its proxy
    timers: open('Timeout') - toPostgres, // the pool closes what is idle for long
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('1,000 broken connections to memcached and Postgres leave no socket, timer, listener or memory behind', async () => {
  await failTimes(WARM_UP_FAILURES)
  const before = { ...strayed(), bytes: usedBytes() }

  await failTimes(FAILURES)

  await until('each has one connection to memcached', () =>
    lanes.every((lane) => lane.toMemcached.connections === 1),
  )
  await until('none has more than its pools to Postgres', () =>
    lanes.every((lane) => lane.toPostgres.connections <= 5),
  )
  await until('no more sockets are open besides', () => strayed().sockets <= before.sockets)
  await until('no more timers run than before', () => strayed().timers <= before.timers)
  expect(warnings).toEqual([]) // Node warns of too many listeners
  expect(usedBytes() - before.bytes).toBeLessThan(TOLERATED_BYTES)
}, 180_000)
