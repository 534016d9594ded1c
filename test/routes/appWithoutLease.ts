import { createMigratedDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { database, useDatabase } from '../support/useDatabase.js'

/** That of the test file, empty when a test begins. */
export let memcached: Memcached
/** A new one for each test. Without a lease each page load checks the version, so the next one knows of a change made elsewhere. */
export let app: TestApp

useDatabase(createMigratedDatabase)

beforeAll(async () => {
  memcached = await startMemcached()
})

afterAll(() => memcached.kill())

beforeEach(async () => {
  await memcached.reset()
  const servers = { DATABASE_URL: database.url, MEMCACHIER_SERVERS: memcached.address }
  app = await startTestApp({ ...servers, FRESHNESS_LEASE_MS: '0' })
})

afterEach(() => app.close())
