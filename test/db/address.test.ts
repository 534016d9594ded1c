import { once } from 'node:events'
import { createServer } from 'node:net'
import { parseConfig } from '../../src/config.js'
import type { PostgresAddress } from '../../src/db/address.js'
import { freePort } from '../support/freePort.js'

const WITH_TLS = { rejectUnauthorized: false }

function address(url: string): PostgresAddress {
  const { postgres } = parseConfig({ DATABASE_URL: url })
  if (!postgres) throw new Error('there is no address')
  return postgres
}

test('without a host it is the socket of this machine’s Postgres, else localhost', async () => {
  const port = await freePort()
  expect(address(`postgres:///queue?port=${port}`).client.host).toBe('localhost')
  const server = createServer().listen(`/tmp/.s.PGSQL.${port}`)
  await once(server, 'listening')
  expect(address(`postgres:///queue?port=${port}`)).toMatchObject({ client: { host: '/tmp' }, tls: [false] })
  server.close()
})

test.each(['localhost', '127.0.0.1', '127.12.345.67', '[::1]'])(
  '%s is this machine: TLS only if the server wants it',
  (host) => {
    expect(address(`postgres://${host}/queue`).tls).toEqual([false, WITH_TLS])
  },
)

test.each(['localhost.example', 'not-localhost', '127.0.0.1.example', '10.127.0.0.1', '[::12]', '[2::1]'])(
  '%s is another machine: TLS if the server has it',
  (host) => {
    expect(address(`postgres://${host}/queue`).tls).toEqual([WITH_TLS, false])
  },
)

test.each([
  ['true', [WITH_TLS]],
  ['1', [WITH_TLS]],
  ['no-verify', [WITH_TLS]],
  ['false', [false]],
  ['0', [false]],
])('?ssl=%s means what it means to other libraries', (ssl, tls) => {
  expect(address(`postgres://db.example/queue?ssl=${ssl}`).tls).toEqual(tls)
})

test.each([
  ['', false],
  ['channel_binding=disable', false],
  ['channel_binding=prefer', true],
  ['channel_binding=require', true],
])('?%s binds the password to the TLS connection: %s', (parameter, enableChannelBinding) => {
  expect(address(`postgres://db.example/queue?${parameter}`).client).toMatchObject({ enableChannelBinding })
})

test('TLS begins at once if the address says so, and on request otherwise', () => {
  const negotiation = (way: string) =>
    address(`postgres://db.example/queue?sslmode=require&sslnegotiation=${way}`).client
  expect(negotiation('direct')).toMatchObject({ sslnegotiation: 'direct' })
  expect(negotiation('postgres')).not.toHaveProperty('sslnegotiation')
  expect(() => negotiation('perhaps')).toThrow('sslnegotiation in DATABASE_URL should be postgres or direct')
})
