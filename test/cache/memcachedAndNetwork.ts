import { open } from '../../src/cache/envelope.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { codec, KEY, ORIGIN } from './processes.js'

/** The memcached of the test file, empty when a test begins. */
export let memcached: Memcached
/** A network of the test that runs, in front of it. */
export let network: FaultyProxy

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

beforeEach(async () => {
  await memcached.reset()
  network = await FaultyProxy.start(memcached.port)
})

afterEach(() => network.close())

/** The version of the value in memcached, if there is one. */
export async function storedVersion(): Promise<number | undefined> {
  const stored = (await memcached.command(`get ${KEY}`)).match(/^VALUE \S+ \d+ \d+\r\n(.*)\r\nEND/s)?.[1]
  return stored === undefined ? undefined : open(codec.format, ORIGIN, Buffer.from(stored))?.version
}
