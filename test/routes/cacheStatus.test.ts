import { startTestApp } from '../support/testApp.js'
import { database } from '../support/useDatabase.js'
import { app, memcached } from './appWithoutLease.js'

const JSON_ = { Accept: 'application/json' }

beforeEach(() => database.execute('truncate item'))

async function cacheStatus(of = app): Promise<string | undefined> {
  return (await of.get('/', JSON_).expect(200)).headers['cache-status']
}

async function addPastTheCache(text: string): Promise<void> {
  await app.sql('insert into item (text) values ($1)', [text])
}

test('names memcache, and says what it did for the page', async () => {
  expect(await cacheStatus()).toBe('memcache; fwd=miss; stored')
  expect(await cacheStatus()).toBe('memcache; hit')
  await app.add('something')
  expect(await cacheStatus()).toBe('memcache; hit')
})

test('says that the app uses a cache inside the process if there is no memcache', async () => {
  const single = await startTestApp({ DATABASE_URL: database.url, MEMCACHIER_SERVERS: '' })
  expect(await cacheStatus(single)).toBe('memory; fwd=miss; stored')
  expect(await cacheStatus(single)).toBe('memory; hit')
  await single.close()
})

test('a cached queue older than a change already known is called stale, and replaced', async () => {
  await app.add('first')
  await addPastTheCache('second')
  const response = await app.get('/', JSON_).expect(200)
  expect(response.headers['cache-status']).toBe('memcache; fwd=stale; stored')
  expect(response.body).toMatchObject({ length: 2, current: true })
  expect(await cacheStatus()).toBe('memcache; hit')
})

test('a cache that was flushed is a miss, and is filled again', async () => {
  await app.add('first')
  expect(await memcached.command('flush_all')).toContain('OK')
  expect(await cacheStatus()).toBe('memcache; fwd=miss; stored')
  expect(await cacheStatus()).toBe('memcache; hit')
})

test('something unfamiliar in the cache is a miss, and is replaced', async () => {
  expect(await memcached.command('set queue 0 0 5\r\nhello')).toContain('STORED')
  expect(await cacheStatus()).toBe('memcache; fwd=miss; stored')
  expect(await cacheStatus()).toBe('memcache; hit')
})

test('a cache that was stopped is bypassed, and adds are still shown', async () => {
  await app.add('first')
  expect(await cacheStatus()).toBe('memcache; hit')
  await memcached.kill()
  expect(await cacheStatus()).toMatch(/^memcache; fwd=bypass; detail=\S+$/)
  const { version } = await app.add('second')
  expect(await app.queue()).toMatchObject({ version, length: 2, current: true })
  await app.get('/readyz').expect(200)
  await memcached.start() // which the end of the test stops again
})

test('Server-Timing says whether a page came from the cache or from Postgres', async () => {
  const timing = async () => (await app.get('/', JSON_)).headers['server-timing']
  expect(await timing()).toMatch(/^queue;desc="postgres";dur=[\d.]+$/)
  expect(await timing()).toMatch(/^queue;desc="memcache";dur=[\d.]+$/)
})

test('the cache is not read if `after` is bad', async () => {
  const response = await app.get('/?after=0', JSON_).expect(400)
  expect(response.headers).not.toHaveProperty('cache-status')
})
