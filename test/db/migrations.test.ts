import { DatabaseUnavailable } from '../../src/db/errors.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp

beforeAll(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
})

afterAll(() => app.close())

test('a second run changes nothing', async () => {
  const applied = await app.sql('select name, run_on from migration order by id')
  await app.services.database.migrate()
  expect(await app.sql('select name, run_on from migration order by id')).toEqual(applied)
})

test('a migration that seems to have run before those in front of it is no error', async () => {
  // As after a change of the time zone, or of the clock.
  await app.sql(
    `update migration set run_on = now() - interval '9 hours' where id = (select max(id) from migration)`,
  )
  await expect(app.services.database.migrate()).resolves.toBeUndefined()
})

test('migrations that contradict the database are an error, not an outage to wait out', async () => {
  await app.sql("delete from migration where name like '001%'")
  const failure: unknown = await app.services.database.migrate().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure).not.toBeInstanceOf(DatabaseUnavailable)
})
