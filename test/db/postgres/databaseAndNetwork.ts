import { WRITE_DEADLINE_MS } from '../../../src/db/Database.js'
import type { PostgresDatabase } from '../../../src/db/postgres/PostgresDatabase.js'
import { WRITERS } from '../../../src/db/postgres/poolSizes.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { FaultyProxy } from '../../support/FaultyProxy.js'
import { until } from '../../support/poll.js'
import { connectTo, READERS } from '../connectTo.js'

export const ONE = 'select 1 as one'

/** The database of the test file on the real server, past the network. */
export let server: TestDatabase
/** The network of the test that runs, and a database that reaches the server through it; it has not connected yet. */
export let network: FaultyProxy
export let database: PostgresDatabase

beforeAll(async () => {
  server = await createDatabase()
})

afterAll(() => server.drop())

beforeEach(async () => {
  const { proxy, url } = await FaultyProxy.inFrontOf(server.url)
  network = proxy
  database = connectTo(url)
})

afterEach(async () => {
  await database.close()
  await network.close()
})

export async function connected(): Promise<void> {
  await until('all are connected', () => {
    database.connect() // again, if an attempt has failed
    return database.pools().every(isFull)
  })
}

function isFull({ name, idle, busy }: { name: string; idle: number; busy: number }): boolean {
  return idle + busy === (name === 'read' ? READERS : WRITERS)
}

export function write(sql: string, to = database): Promise<Record<string, unknown>[]> {
  return to.write(sql, () => [], WRITE_DEADLINE_MS)
}
