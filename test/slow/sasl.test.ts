import { until } from '../support/poll.js'
import { type SaslMemcached, startSaslMemcached } from '../support/sasl.js'
import { startTestApp } from '../support/testApp.js'

const USER = 'visitor'
const PASSWORD = 'right password'

let sasl: SaslMemcached

beforeAll(async () => {
  sasl = await startSaslMemcached()
  await sasl.setPassword(USER, PASSWORD)
}, 120_000)

afterAll(() => sasl.stop())

test('serves pages from Postgres with a wrong password, and from the cache with the right one', async () => {
  const env = { MEMCACHIER_SERVERS: sasl.memcached.address, MEMCACHIER_USERNAME: USER }
  const wrong = await startTestApp({ ...env, MEMCACHIER_PASSWORD: 'wrong password' })
  expect((await wrong.get('/')).headers['cache-status']).toBe(
    'memcache; fwd=bypass; detail=cache-unavailable',
  )
  await wrong.close()

  const right = await startTestApp({ ...env, MEMCACHIER_PASSWORD: PASSWORD })
  await until(
    'a page comes from the cache',
    async () => (await right.get('/')).headers['cache-status'] === 'memcache; hit',
  )
  await right.close()
})
