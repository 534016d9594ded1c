import { jest } from '@jest/globals'
import { MemcacheStore } from '../../src/cache/index.js'
import { until, untilEqual } from '../support/poll.js'
import { startTestApp } from '../support/testApp.js'
import { database } from '../support/useDatabase.js'
import { app, memcached } from './appWithoutLease.js'

const JSON_ = { Accept: 'application/json' }

async function cacheStatus(of = app): Promise<string | undefined> {
  return (await of.get('/', JSON_).expect(200)).headers['cache-status']
}

/** Does this and loads the page until the status is that: on a busy machine memcached may answer too late once. */
async function leadsTo(expected: string, prepare: () => Promise<unknown> = async () => {}): Promise<void> {
  await untilEqual(`the status is ${expected}`, () => prepare().then(() => cacheStatus()), expected)
}

test.each([
  ['a hit once it is cached', 'memcache; hit', async () => {}],
  ['a hit after a write too', 'memcache; hit', () => app.add('something')],
  ['a miss if all was flushed', 'memcache; fwd=miss; stored', () => memcached.command('flush_all')],
  [
    'a miss if something unfamiliar is there',
    'memcache; fwd=miss; stored',
    () => memcached.command('set queue 0 0 5\r\nhello'),
  ],
  [
    'stale if the entry is older than a change already known',
    'memcache; fwd=stale; stored',
    () => app.sql("insert into item (text) values ('past the cache')"),
  ],
])('says that the page is %s; then it is a hit', async (_what, status, prepare) => {
  await leadsTo(status, prepare)
  await leadsTo('memcache; hit')
})

test('says that a later page comes past the cache', async () => {
  const { headers } = await app.get('/?after=1', JSON_).expect(200)
  expect(headers['cache-status']).toBe('memcache; fwd=bypass; detail=later-page')
})

test('does not say that the page is stored if the cache has no room', async () => {
  const add = jest.spyOn(MemcacheStore.prototype, 'add').mockResolvedValue(undefined)
  await leadsTo('memcache; fwd=miss', () => memcached.command('flush_all'))
  add.mockRestore()
})

test('says that the app uses a cache inside the process if there is no memcache', async () => {
  const single = await startTestApp({ DATABASE_URL: database.url, MEMCACHIER_SERVERS: '' })
  expect(await cacheStatus(single)).toBe('memory; fwd=miss; stored')
  expect(await cacheStatus(single)).toBe('memory; hit')
  await single.close()
})

test('a cache that was stopped is bypassed, and adds are still shown', async () => {
  await leadsTo('memcache; hit')
  await memcached.kill()
  expect(await cacheStatus()).toMatch(/^memcache; fwd=bypass; detail=\S+$/)
  const { version, length } = await app.add('second')
  expect(await app.queue()).toMatchObject({ version, length, current: true })
  await app.get('/readyz').expect(200)
  await memcached.start() // which the end of the test stops again
})

test('Server-Timing says whether a page came from the cache or from Postgres', async () => {
  const timing = async () => (await app.get('/', JSON_)).headers['server-timing'] ?? ''
  expect(await timing()).toMatch(/^queue;desc="postgres";dur=[\d.]+$/)
  await until('it comes from memcache', async () => /^queue;desc="memcache";dur=[\d.]+$/.test(await timing()))
})

test('the cache is not read if `after` is bad', async () => {
  const response = await app.get('/?after=0', JSON_).expect(400)
  expect(response.headers).not.toHaveProperty('cache-status')
})
