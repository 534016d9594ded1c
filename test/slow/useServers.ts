import { createMigratedDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { until } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { type Environment, startWeb, type WebProcess } from '../support/webProcess.js'

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

/** Starts a web process on them, and waits until Postgres has let it in. */
export async function startReadyWeb(more: Environment = {}): Promise<WebProcess> {
  const web = await startWeb({ ...env, ...more })
  await until('it is ready', () => web.isReady())
  return web
}
