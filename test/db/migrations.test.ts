import { DatabaseUnavailable } from '../../src/db/errors.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp

beforeEach(async () => {
  app = await startTestApp({ MEMCACHIER_SERVERS: '' })
})

afterEach(() => app.close())

test('a second time there is nothing left to do', async () => {
  const applied = await app.sql('select name, run_on from migration order by id')
  await app.services.database.migrate()
  expect(await app.sql('select name, run_on from migration order by id')).toEqual(applied)
})

test('migrations that contradict the database are no outage, which would be waited out for ever', async () => {
  await app.sql("delete from migration where name like '001%'")
  const failure: unknown = await app.services.database.migrate().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure).not.toBeInstanceOf(DatabaseUnavailable)
})
