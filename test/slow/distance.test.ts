import { createDatabase, type TestDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'
import { type QueueJson, startTestApp, startUnconnectedApp, type TestApp } from '../support/testApp.js'
import { startTlsPostgres, type TlsPostgres } from '../support/tlsPostgres.js'
import { procfileCommand, runCommand } from '../support/webProcess.js'

/** A quarter of a second there and back, as from one side of the world to the other. */
const FAR = { kind: 'delay', requestMs: 125, responseMs: 125 } as const

let server: TlsPostgres
let database: TestDatabase
let proxy: FaultyProxy
let app: TestApp

beforeAll(async () => {
  server = await startTlsPostgres()
})

afterAll(() => server.postgres.stop())

beforeEach(async () => {
  database = await createDatabase(`${server.postgres.url()}?sslmode=no-verify`)
  const release = await runCommand(procfileCommand('release'), { DATABASE_URL: database.url })
  expect(release).toMatchObject({ code: 0 })
  proxy = await FaultyProxy.start(server.postgres.port)
})

afterEach(async () => {
  await app.close()
  await proxy.close()
  await database.drop()
})

function throughProxy(): string {
  const url = new URL(database.url)
  url.port = String(proxy.port)
  return url.href
}

async function ready(deadlineMs: number): Promise<void> {
  await until('it is ready', async () => (await app.get('/readyz')).status === 200, deadlineMs)
}

async function load(path = '/'): Promise<QueueJson> {
  const { body } = await app.get(path, { Accept: 'application/json' })
  return body
}

test('works with a Postgres 250 ms a round trip away, behind TLS, idle or not', async () => {
  await proxy.setFault(FAR)
  app = await startTestApp({ DATABASE_URL: throughProxy() })
  await ready(15_000)
  // On a busy machine a round trip may take longer than it should, and then one load says so: try again.
  await until('everything is current and every write is taken', () => isWellThroughout(), 40_000)
}, 90_000)

async function isWellThroughout(): Promise<boolean> {
  for (let round = 0; round < 3; round++) {
    const add = await app.postJson('/add', '{"text":"far away"}')
    const loads = [await load(), await load('/?after=1')]
    if (add.status !== 201 || loads.some(({ current }) => current !== true)) return false
  }
  return true
}

test('works with a Postgres that takes five seconds to accept us, and reports no outage meanwhile', async () => {
  await proxy.setFault({ kind: 'hold' })
  app = await startUnconnectedApp({ DATABASE_URL: throughProxy() })
  await until('it connects', () => proxy.connectionsMade > 0)
  const letInAtMs = performance.now() + 5_000
  while (performance.now() < letInAtMs) {
    await app.get('/', { Accept: 'application/json' }).expect(503).expect('retry-after', /./)
    await app.get('/readyz').expect(503)
  }
  await proxy.heal()
  await ready(5_000)
  await app.postJson('/add', '{"text":"first"}').expect(201)
  expect(await load()).toMatchObject({ length: 1, current: true })
})
