import { Socket } from 'node:net'
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseConfig } from '../../src/config.js'
import { createLog } from '../../src/process/log.js'
import { createServices, type Services } from '../../src/services.js'
import { createDatabase } from '../support/database.js'
import { type Fault, FaultyProxy } from '../support/FaultyProxy.js'
import { startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'

// A program of its own for leaks.test.ts: Jest's own memory comes and goes by more than what is looked for here.

/** A failure and its healing are mostly waiting, so several of them wait side by side. */
const LANES = 10
const WARM_UP_FAILURES = 200
const FAILURES = 1_000
/** For all of them: less than a forgotten connection in five would hold, with its listeners and buffers. */
const TOLERATED_BYTES = 2 * 2 ** 20

const BREAKS: readonly Fault[] = [{ kind: 'reset' }, { kind: 'cutAfter', responseBytes: 10 }]
/** The side that gives up must close these connections. Not for Postgres, because a write waits three seconds for it. */
const SILENCES: readonly Fault[] = [{ kind: 'stallAfter', responseBytes: 10 }, { kind: 'hold' }]

/** All that a web process has, with ways to its servers that can be broken. */
interface Lane {
  readonly services: Services
  readonly toMemcached: FaultyProxy
  readonly toPostgres: FaultyProxy
}

/** What this process holds besides the connections that are in use, which differ from moment to moment. */
interface Held {
  readonly sockets: number
  readonly timers: number
  /** In memory, open or not. */
  readonly socketObjects: number
  readonly bytes: number
}

const log = createLog({ logLevel: 'silent', isProduction: true })
const database = await createDatabase()
const memcached = await startMemcached()
const lanes = await Promise.all(Array.from({ length: LANES }, startLane))
await lanes[0]?.services.database.migrate()

async function startLane(): Promise<Lane> {
  const toMemcached = await FaultyProxy.start(memcached.port)
  const { proxy: toPostgres, url } = await FaultyProxy.inFrontOf(database.url)
  const config = parseConfig({ DATABASE_URL: url, MEMCACHIER_SERVERS: toMemcached.address })
  const services = await createServices(config, log)
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

function held(): Held {
  const toMemcached = sum(lanes.map((lane) => lane.toMemcached.connections))
  const toPostgres = sum(lanes.map((lane) => lane.toPostgres.connections))
  const connections = 3 * (toMemcached + toPostgres) // each is a socket, and two of its proxy
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  return {
    sockets: open('TCPSocketWrap') - connections,
    timers: open('Timeout') - toPostgres, // the pool closes what is idle for long
    socketObjects: queryObjects(Socket, { format: 'count' }) - connections,
    bytes: process.memoryUsage().heapUsed,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

await failTimes(WARM_UP_FAILURES)
const before = held()
await failTimes(FAILURES)
await until('each has one connection to memcached', () =>
  lanes.every(({ toMemcached }) => toMemcached.connections === 1),
)
await until('none has more than its pools to Postgres', () =>
  lanes.every(({ toPostgres }) => toPostgres.connections <= 5),
)
await until('no more sockets are open besides', () => held().sockets <= before.sockets)
await until('no more timers run than before', () => held().timers <= before.timers)
await until(
  'no more socket objects are in memory',
  () => held().socketObjects <= before.socketObjects + LANES,
)
await until('no more memory is used', () => held().bytes <= before.bytes + TOLERATED_BYTES)

for (const { services, toMemcached, toPostgres } of lanes) {
  await services.close()
  await Promise.all([toMemcached.close(), toPostgres.close()])
}
await memcached.kill()
await database.drop()
