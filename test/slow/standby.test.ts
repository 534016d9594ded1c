import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/poll.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A failover: DATABASE_URL leads to a standby, which has not been promoted yet.
let postgres: Postgres
let app: TestApp

beforeAll(async () => {
  postgres = await startPostgres()
  app = await startTestApp({ DATABASE_URL: postgres.url() })
  await app.services.database.migrate()
  await app.add('a')
  await postgres.shutDown()
  await writeFile(join(postgres.folder, 'data', 'standby.signal'), '')
  await postgres.restart()
})

afterAll(async () => {
  await app.close()
  await postgres.stop()
})

test('what a standby knows is not shown as current before it is promoted', async () => {
  await until('the loss is noticed', async () => !(await app.queue()).current)
  expect(await app.queue()).toMatchObject({ items: [{ text: 'a' }], current: false })
  expect(await app.get('/readyz')).toMatchObject({ status: 503, text: expect.stringContaining('standby') })
  const other = await startTestApp({ ...app.environment, MEMCACHIER_SERVERS: '' })
  await other.get('/').expect(503)
  await other.close()

  await app.sql('select pg_promote()')
  await until('the promotion is noticed', async () => (await app.queue()).current)
  expect((await app.add('b')).length).toBe(2)
  await app.get('/readyz').expect(200)
})
