import { verifyMemcache } from '../../src/verify/memcache.js'
import { type SaslMemcached, startSaslMemcached } from '../support/sasl.js'
import { checkResult, checkResults } from '../verify/checkResults.js'

let sasl: SaslMemcached

beforeAll(async () => {
  sasl = await startSaslMemcached()
  await sasl.setPassword('visitor', 'right password')
})

afterAll(() => sasl.stop())

function verify(credentials: { user?: string; password?: string }, retryForMs = 0) {
  const { user = '', password = '' } = credentials
  return checkResults((config, report) => verifyMemcache(config, report, retryForMs), {
    MEMCACHIER_SERVERS: sasl.memcached.address,
    MEMCACHIER_USERNAME: user,
    MEMCACHIER_PASSWORD: password,
  })
}

test('signs in with the right password', async () => {
  const found = await verify({ user: 'visitor', password: 'right password' })
  expect(found[0]).toEqual(checkResult('ok', 'memcache', 'as visitor (SASL)'))
  expect(found.filter(({ status }) => status === 'failed')).toEqual([])
})

test('says of refused credentials that they are wrong or not valid yet', async () => {
  const found = await verify({ user: 'visitor', password: 'wrong password' })
  expect(found).toEqual([checkResult('failed', 'memcache', 'not valid yet')])
  expect(JSON.stringify(found)).not.toContain('wrong password"')
})

test('with --wait, detects that credentials become valid', async () => {
  const found = verify({ user: 'newcomer', password: 'new password' }, 20_000)
  setTimeout(() => void sasl.setPassword('newcomer', 'new password'), 1_500)
  expect((await found)[0]).toEqual(checkResult('ok', 'memcache', 'as newcomer (SASL)'))
})

test('with --wait, detects that a password is wrong', async () => {
  expect(await verify({ user: 'visitor', password: 'wrong' }, 2_000)).toEqual([
    checkResult('failed', 'memcache', 'wrong user name or password'),
  ])
})

test('says that credentials are missing', async () => {
  expect(await verify({})).toEqual([
    checkResult('failed', 'memcache', 'it requires a user name and a password'),
  ])
})
