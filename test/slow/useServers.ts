import { createMigratedDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { database, useDatabase } from '../support/useDatabase.js'

/** The memcached of the test file. */
export let memcached: Memcached
/** The environment of web processes that share it and a migrated database. */
export let env: Record<string, string>

/** Starts them for the tests of this file. */
export function useServers(): void {
  useDatabase(createMigratedDatabase)

  beforeAll(async () => {
    memcached = await startMemcached()
    env = { DATABASE_URL: database.url, MEMCACHIER_SERVERS: memcached.address }
  })

  afterAll(() => memcached.kill())
}
