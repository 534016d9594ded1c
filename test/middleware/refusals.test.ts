import { createDatabase, createMigratedDatabase, type TestDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

const HTML = { Accept: 'text/html' }
const JSON_ = { Accept: 'application/json' }

describe('with all well', () => {
  let app: TestApp

  beforeAll(async () => {
    app = await startTestApp()
  })

  afterAll(() => app.close())

  test.each([
    '/nope',
    '/add/',
    '/..%2f..%2fetc/passwd',
    '/%zz',
    '/assets/',
    '/assets/x/styles.css',
    '/assets/0123456789/nope.css',
    '/ADD',
    '/index.html',
  ])('has no page %s', async (path) => {
    const { body } = await app
      .get(path, JSON_)
      .expect(404)
      .expect('content-type', /application\/problem\+json/)
    expect(body).toMatchObject({ type: 'about:blank', status: 404 })
    expect((await app.get(path, HTML).expect(404)).text).toContain('No such page')
  })

  test.each([
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
    ['GET', '/add', 'POST'],
    ['PUT', '/add', 'POST'],
    ['GET', '/remove', 'POST'],
    ['PATCH', '/remove', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/readyz', 'GET, HEAD'],
  ])('does not allow %s %s, and says what it does', async (method, path, allow) => {
    await app.request(method, path, JSON_).expect(405).expect('allow', allow)
  })

  test('is healthy and ready', async () => {
    await app.get('/healthz').expect(200)
    await app.get('/readyz').expect(200)
  })

  test('never says what went wrong inside', async () => {
    await app.sql('alter table queue rename column length to lengthy')
    const response = await app.get('/?after=1', JSON_).expect(500)
    expect(response.text).not.toContain('lengthy')
    expect(response.body).toMatchObject({ status: 500, detail: 'It was our fault, and it has been noted.' })
    await app.sql('alter table queue rename column lengthy to length')
  })
})

test('is not ready before the database is migrated, and ready without memcache', async () => {
  const database = await createDatabase()
  const app = await startTestApp({ DATABASE_URL: database.url, MEMCACHIER_SERVERS: '127.0.0.1:1' })
  await app.get('/readyz').expect(503)
  await app.get('/healthz').expect(200)
  await app.get('/', JSON_).expect(503)
  await app.services.database.migrate()
  await app.get('/readyz').expect(200)
  await app.close()
  await database.drop()
})

describe('while Postgres is away', () => {
  let database: TestDatabase
  let proxy: FaultyProxy
  let app: TestApp

  beforeEach(async () => {
    database = await createMigratedDatabase()
    const proxied = await FaultyProxy.inFrontOf(database.url)
    proxy = proxied.proxy
    app = await startTestApp({ DATABASE_URL: proxied.url })
  })

  afterEach(async () => {
    await app.close()
    await proxy.close()
    await database.drop()
  })

  test('a process that knows no queue says so, and so does its readiness', async () => {
    await proxy.setFault({ kind: 'refuse' })
    const page = await app.get('/', HTML).expect(503).expect('retry-after', /^\d+$/).expect('refresh', '5')
    expect(page.text).toContain('Closed for a moment')
    await app
      .get('/', JSON_)
      .expect(503)
      .expect('content-type', /problem\+json/)
    await app.get('/readyz').expect(503)
    await app.get('/healthz').expect(200)
    const form = await app.postForm('/add', 'text=do+not+lose+me', HTML).expect(503)
    expect(form.text).toContain('value="do not lose me"')
    expect(form.headers).not.toHaveProperty('refresh') // that would send it again
  })

  test.each([
    ['refuses connections', { kind: 'refuse' } as const],
    ['hangs', { kind: 'swallow' } as const],
  ])(
    'as it %s, the last known queue is shown, writes get 503, and all heals by itself',
    async (_how, fault) => {
      const { version } = await app.add('known')
      const etag = (await app.get('/', JSON_)).headers.etag
      await proxy.setFault(fault)
      await until('the loss is noticed', async () => !(await app.queue()).current)

      expect(await app.queue()).toMatchObject({ version, length: 1, current: false })
      expect((await app.get('/', JSON_)).headers.etag).not.toBe(etag)
      expect(await app.html()).toContain('This is the line as last known')
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
