import { createDatabase, createMigratedDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { database, useDatabase } from '../support/useDatabase.js'

const HTML = { Accept: 'text/html' }
const JSON_ = { Accept: 'application/json' }

test('a process waits until the database is migrated, and is ready without memcache', async () => {
  const database = await createDatabase()
  const app = await startTestApp({ DATABASE_URL: database.url, MEMCACHIER_SERVERS: '127.0.0.1:1' })
  await app
    .get('/readyz')
    .expect(503)
    .expect(/^The database is not migrated/)
  await app.get('/healthz').expect(200)
  await app.get('/', JSON_).expect(503)
  await app.services.database.migrate()
  await until('it is ready', async () => (await app.get('/readyz')).status === 200)
  await until('the page is shown', async () => (await app.get('/', JSON_)).status === 200)
  await app.close()
  await database.drop()
})

describe('while Postgres is down', () => {
  let proxy: FaultyProxy
  let app: TestApp

  useDatabase(createMigratedDatabase)

  beforeEach(async () => {
    await database.execute('truncate item')
    const proxied = await FaultyProxy.inFrontOf(database.url)
    proxy = proxied.proxy
    app = await startTestApp({ DATABASE_URL: proxied.url })
  })

  afterEach(async () => {
    await app.close()
    await proxy.close()
  })

  test.each([
    ['refuses connections', { kind: 'refuse' } as const],
    ['hangs', { kind: 'swallow' } as const],
  ])(
    'if Postgres %s, the last known queue is shown, writes get 503, and all heals by itself',
    async (_how, fault) => {
      const { version } = await app.add('known')
      const etag = (await app.get('/', JSON_)).headers.etag
      await proxy.setFault(fault)
      await until('the loss is noticed', async () => !(await app.queue()).current)

      expect(await app.queue()).toMatchObject({ version, length: 1, current: false })
      const { headers } = await app.get('/', JSON_)
      expect(headers.etag).not.toBe(etag)
      expect(headers['cache-status']).toBe('memcache; fwd=bypass; detail=source-unavailable')
      expect(await app.html()).toContain('This is the last known state of the line')
      await app.get('/?after=1', JSON_).expect(503)
      const refused = await app
        .postForm('/add', 'text=keep+me', HTML)
        .expect(503)
        .expect('retry-after', /^\d+$/)
      expect(refused.text).toContain('value="keep me"')
      expect(refused.text).toContain('can’t be reached right now')
      await app.request('POST', '/remove', JSON_).expect(503)

      await proxy.heal()
      await until('all is well again', async () => (await app.queue()).current)
      expect(await app.queue()).toMatchObject({ version, length: 1 })
      const added = await app.add('after the fault')
      expect(await app.queue()).toMatchObject({ version: added.version, length: 2, current: true })
    },
  )
})
