import { createMigratedDatabase, type TestDatabase } from '../support/database.js'
import { type Memcached, startMemcached } from '../support/memcached.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

/** Those of the test file. Memcached is empty when a test begins. */
export let database: TestDatabase
export let memcached: Memcached
/** A new one for each test. Without a lease each page load checks the version, so the next one knows of a change made elsewhere. */
export let app: TestApp

beforeAll(async () => {
  database = await createMigratedDatabase()
  memcached = await startMemcached()
})

afterAll(async () => {
  await memcached.kill()
  await database.drop()
})

beforeEach(async () => {
  await memcached.reset()
  const servers = { DATABASE_URL: database.url, MEMCACHIER_SERVERS: memcached.address }
  app = await startTestApp({ ...servers, FRESHNESS_LEASE_MS: '0' })
})

afterEach(() => app.close())
