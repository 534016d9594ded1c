import { jest } from '@jest/globals'
import { parseConfig } from '../../../src/config.js'
import { DatabaseUnavailable } from '../../../src/db/errors.js'
import { Dialer } from '../../../src/db/postgres/Dialer.js'
import { FaultyProxy } from '../../support/FaultyProxy.js'
import { until } from '../../support/poll.js'
import { database, useDatabase } from '../../support/useDatabase.js'
import { failureOf } from './poolOnPostgres.js'
import { startRefusingPostgres } from './startRefusingPostgres.js'

// This server has no TLS. One that has it: test/slow/tls.test.ts.
let proxy: FaultyProxy
let url: string

useDatabase()

beforeEach(async () => {
  ;({ proxy, url } = await FaultyProxy.inFrontOf(database.url))
})

afterEach(async () => {
  jest.useRealTimers()
  await proxy.close()
})

function dialer(mode: string, change: (url: URL) => void = () => {}, to = url): Dialer {
  const address = new URL(to)
  address.searchParams.set('sslmode', mode)
  change(address)
  const { postgres } = parseConfig({ DATABASE_URL: address.href })
  if (!postgres) throw new Error('there is no address')
  return new Dialer(postgres)
}

const wrongPassword = (address: URL) => {
  address.password = 'wrong'
}

test('a server without TLS is asked once more without it, and from then on so at once', async () => {
  const preferring = dialer('prefer')
  expect(preferring.tls).not.toBe(false)
  for (const connectionsMade of [2, 3]) {
    const connection = await preferring.open()
    expect(proxy.connectionsMade).toBe(connectionsMade)
    expect(preferring.tls).toBe(false)
    await connection.close()
  }
})

test('but not if TLS is required', async () => {
  await expect(dialer('require').open()).rejects.toThrow('does not support SSL')
  expect(proxy.connectionsMade).toBe(1)
})

test.each([
  ['allow', 1],
  ['prefer', 2],
])(
  'a wrong password is told with sslmode=%s, after as many attempts as TLS needs: %i',
  async (mode, made) => {
    await expect(dialer(mode, wrongPassword).open()).rejects.toMatchObject({ code: '28P01' })
    expect(proxy.connectionsMade).toBe(made)
    await until('no connection is left', () => proxy.connections === 0)
  },
)

test.each(['allow', 'prefer'])(
  'that Postgres lets nobody in like this tells more than that it has no TLS (sslmode=%s)',
  async (mode) => {
    const url = await startRefusingPostgres('28000')
    await expect(dialer(mode, undefined, url).open()).rejects.toMatchObject({ code: '28000' })
  },
)

test('whatever was taken before, both kinds are tried once if the server says no', async () => {
  const role = `me_${database.name}`
  await database.execute(`create role ${role} login password 'secret'`)
  const preferring = dialer('prefer', (address) => {
    address.username = role
    address.password = 'secret'
  })
  for (let i = 0; i < 2; i++) await (await preferring.open()).close()
  await database.execute(`alter role ${role} nologin`)
  const before = proxy.connectionsMade
  await expect(preferring.open()).rejects.toMatchObject({ code: '28000' })
  expect(proxy.connectionsMade).toBe(before + 2)
  await database.execute(`drop role ${role}`)
})

test('closed, it gives up what is under way, and leaves alone what is open', async () => {
  const closing = dialer('disable')
  const open = await closing.open()
  await proxy.setFault({ kind: 'hold' })
  const attempt = failureOf(closing.open())
  await until('it is under way', () => proxy.connectionsMade === 2)
  closing.close()
  expect(await attempt).toBeInstanceOf(Error)
  expect(open.isWell).toBe(true)
  await proxy.heal()
  await open.close()
})

test('a server that lets us wait for seven seconds is given up, and no connection is left', async () => {
  await proxy.setFault({ kind: 'swallow' })
  jest.useFakeTimers({
    doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask', 'Date', 'hrtime'],
  })
  const attempt = failureOf(dialer('disable').open())
  await until('it is under way', () => proxy.connectionsMade === 1)
  await jest.advanceTimersByTimeAsync(6_999)
  expect(proxy.connections).toBe(1)
  jest.advanceTimersByTime(1)
  expect(await attempt).toBeInstanceOf(DatabaseUnavailable)
  jest.useRealTimers()
  await until('no connection is left', () => proxy.connections === 0)
})
