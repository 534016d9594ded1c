import { FaultyProxy } from '../support/FaultyProxy.js'
import { type Memcached, startMemcached } from '../support/memcached.js'

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
