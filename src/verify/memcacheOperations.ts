import { randomBytes } from 'node:crypto'
import { OPERATION_DEADLINE_MS } from '../cache/MemcacheServer.js'
import type { Report } from './CheckResult.js'
import type { MemcacheProbe } from './MemcacheProbe.js'

const TTL_SECONDS = 60
const SHORT_TTL_SECONDS = 1
/** Memcached counts whole seconds and may expire an entry a second late. */
const EXPIRES_WITHIN_MS = 4_000
const LARGE_BYTES = 900_000
const ROUND_TRIPS = 200

/** Checks that a server does what the cache needs. Uses only this key. */
export async function verifyOperations(
  probe: MemcacheProbe,
  name: string,
  key: string,
  report: Report,
): Promise<void> {
  const check = (isFine: boolean, operation: string, good: string, bad: string) =>
    report(isFine ? 'ok' : 'failed', `${name}: ${operation}`, isFine ? good : bad)

  const value = randomBytes(64)
  await probe.add(key, value, TTL_SECONDS)
  const isSame = (await probe.get(key))?.equals(value) === true
  check(isSame, 'set and get', 'the same comes back', 'what was stored does not come back: has it no memory?')

  const swaps = await probe.comparesAndSwaps(key, value, TTL_SECONDS)
  check(swaps, 'compare-and-swap', 'a token is good for once', 'not as it should be: it can’t be used')

  await probe.remove(key)
  await probe.add(key, value, SHORT_TTL_SECONDS)
  const expires = await probe.expires(key, EXPIRES_WITHIN_MS)
  check(expires, 'TTL', 'what may live a second is gone', 'what may live a second is still there')

  await probe.remove(key)
  const takesLarge = await probe.add(key, Buffer.alloc(LARGE_BYTES, 'x'), TTL_SECONDS)
  check(takesLarge, 'value of 900 kB', 'stored', 'refused: a long page will not be cached')
  await probe.remove(key)
}

/** Checks how long a get takes, compared with how long the app waits for it. */
export async function verifySpeed(
  probe: MemcacheProbe,
  name: string,
  key: string,
  report: Report,
): Promise<void> {
  const timesMs = await probe.roundTripsMs(key, ROUND_TRIPS)
  const quantile = (share: number) => timesMs[Math.ceil(share * ROUND_TRIPS) - 1] ?? Number.POSITIVE_INFINITY
  const [p50, p99] = [quantile(0.5), quantile(0.99)]
  const figures = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; the app waits ${OPERATION_DEADLINE_MS} ms`
  const isTooSlow = p50 > OPERATION_DEADLINE_MS
  const isSometimesTooSlow = p99 > OPERATION_DEADLINE_MS
  report(isTooSlow ? 'failed' : isSometimesTooSlow ? 'note' : 'ok', `${name}: round trip`, figures)
}
