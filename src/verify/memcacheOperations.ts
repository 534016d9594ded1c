import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { MemcacheClient } from '../cache/MemcacheClient.js'
import { OPERATION_DEADLINE_MS } from '../cache/MemcacheServer.js'
import type { Report } from './Report.js'

const TTL_SECONDS = 60
const SHORT_TTL_SECONDS = 1
/** Memcached counts whole seconds and may expire an entry a second late. */
const EXPIRES_WITHIN_MS = 4_000
const POLL_MS = 100
const LARGE_BYTES = 900_000
/** A balancer between two servers gives all of them the same one in one case of 256. */
const OTHER_CONNECTIONS = 8
const MAX_ROUND_TRIPS = 200
/** Enough to measure a slow server. */
const ROUND_TRIPS_MS = 3_000

/** A server that answers, and the one key there that the checks use. */
interface CheckedServer {
  readonly client: MemcacheClient
  /** As the report calls it. */
  readonly name: string
  readonly key: string
  readonly report: Report
}

/**
 * Checks that a server does what the cache needs.
 * @throws if the server fails, or stores nothing
 */
export async function verifyOperations({ client, name, key, report }: CheckedServer): Promise<void> {
  const check = (isFine: boolean, operation: string, good: string, bad: string) =>
    report(isFine ? 'ok' : 'failed', `${name}: ${operation}`, isFine ? good : bad)

  const value = randomBytes(64)
  // All that follows would fail, and would look like other faults.
  if (!(await client.add(key, value, TTL_SECONDS))) throw new Error('it stores nothing: is its memory full?')
  const isSame = (await client.gets(key))?.bytes.equals(value) === true
  check(isSame, 'set and get', 'returns what was stored', 'does not return what was stored')

  const swaps = await comparesAndSwaps(client, key, value)
  check(
    swaps,
    'compare-and-swap',
    'a token works exactly once',
    'does not work, so the app can’t use this server',
  )

  await client.delete(key)
  await client.add(key, value, SHORT_TTL_SECONDS)
  const expires = await isGoneInTime(client, key)
  check(expires, 'TTL', 'an entry expires after its second', 'an entry did not expire after its second')

  await client.delete(key)
  const takesLarge = (await client.add(key, Buffer.alloc(LARGE_BYTES, 'x'), TTL_SECONDS)) !== undefined
  check(takesLarge, 'value of 900 kB', 'stored', 'refused, so a long page will not be cached')
  await client.delete(key)
}

/** Whether a token works once, and not a second time. */
async function comparesAndSwaps(client: MemcacheClient, key: string, bytes: Buffer): Promise<boolean> {
  const seen = await client.gets(key)
  if (!seen) return false
  const first = await client.cas(key, bytes, seen.token, TTL_SECONDS)
  const second = await client.cas(key, bytes, seen.token, TTL_SECONDS)
  return typeof first === 'object' && second === 'conflict'
}

async function isGoneInTime(client: MemcacheClient, key: string): Promise<boolean> {
  const beganAtMs = performance.now()
  while ((await client.gets(key)) !== undefined) {
    if (performance.now() - beganAtMs > EXPIRES_WITHIN_MS) return false
    await delay(POLL_MS)
  }
  return true
}

/**
 * Checks that other connections find what this one has stored. A name with several addresses, or a balancer, may lead to
 * several servers. Then each process would have a cache of its own, and could show a page that another one has replaced.
 */
export async function verifyOneCache(
  { client, name, key, report }: CheckedServer,
  connect: () => MemcacheClient,
): Promise<void> {
  await client.add(key, Buffer.alloc(0), TTL_SECONDS)
  const others = Array.from({ length: OTHER_CONNECTIONS }, connect)
  try {
    const found = await Promise.all(others.map((other) => other.gets(key)))
    const isOne = !found.includes(undefined)
    const bad =
      'another connection leads to another cache: name each server, or one address, or pages will be stale'
    report(isOne ? 'ok' : 'failed', `${name}: one cache`, isOne ? 'every connection leads to it' : bad)
  } finally {
    for (const other of others) other.destroy()
    await client.delete(key)
  }
}

/** Checks how long a get takes, compared with how long the app waits for it. */
export async function verifySpeed({ client, name, key, report }: CheckedServer): Promise<void> {
  const timesMs = await roundTripsMs(client, key)
  const quantile = (share: number) =>
    timesMs[Math.ceil(share * timesMs.length) - 1] ?? Number.POSITIVE_INFINITY
  const [p50, p99] = [quantile(0.5), quantile(0.99)]
  const figures = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; the app waits ${OPERATION_DEADLINE_MS} ms`
  const isTooSlow = p50 > OPERATION_DEADLINE_MS
  const isSometimesTooSlow = p99 > OPERATION_DEADLINE_MS
  report(isTooSlow ? 'failed' : isSometimesTooSlow ? 'note' : 'ok', `${name}: round trip`, figures)
}

/** How long each get took, the fastest first. */
async function roundTripsMs(client: MemcacheClient, key: string): Promise<number[]> {
  const timesMs: number[] = []
  const beganAtMs = performance.now()
  while (timesMs.length < MAX_ROUND_TRIPS && performance.now() - beganAtMs < ROUND_TRIPS_MS) {
    const sentAtMs = performance.now()
    await client.gets(key)
    timesMs.push(performance.now() - sentAtMs)
  }
  return timesMs.sort((one, other) => one - other)
}
