import { execFileSync } from 'node:child_process'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/poll.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

// A failover to a standby that had not received the last write. From then on it uses the versions of lost writes again,
// because the clock of the first server was ahead.
const AHEAD_OF_THE_CLOCK = 4_000_000_000_000_000
let postgres: Postgres
let app: TestApp
let other: TestApp

beforeEach(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off' } })
  app = await startTestApp({ DATABASE_URL: postgres.url() })
  await app.services.database.migrate()
  other = await startTestApp(app.environment)
  await app.sql(`update queue set version = ${AHEAD_OF_THE_CLOCK}`)
  await app.add('kept')
})

afterEach(async () => {
  await other.close()
  await app.close()
  await postgres.stop()
})

/** Loses what the action writes. */
async function failOver(action: () => Promise<unknown>): Promise<void> {
  const data = join(postgres.folder, 'data')
  const standby = join(postgres.folder, 'standby')
  await postgres.shutDown()
  execFileSync('cp', ['-a', data, standby]) // with its owner
  await postgres.restart()
  await until('the database is back', async () => (await app.queue()).current)
  await action()
  await postgres.shutDown()
  await rm(data, { recursive: true })
  await rename(standby, data)
  await writeFile(join(data, 'standby.signal'), '')
  await postgres.restart()
  await app.sql('select pg_promote()')
  await until('the failover is over', async () => (await app.queue()).current)
}

function texts({ items }: { items: readonly { text: string }[] }): string[] {
  return items.map(({ text }) => text)
}

test('a version that a lost write had is never shown with its contents', async () => {
  let lost = 0
  let etag = ''
  await failOver(async () => {
    lost = (await app.add('lost')).version
    await until('the other process shows it', async () => (await other.queue()).length === 2)
    etag = (await other.get('/')).headers.etag as string
  })
  expect(await app.add('new')).toMatchObject({ version: lost })
  expect(texts(await app.queue())).toEqual(['kept', 'new'])
  // It was not used since. So only the origin tells it that this version has other contents now.
  await until('the other process is connected again', async () => (await other.queue()).current)
  expect(texts(await other.queue())).toEqual(['kept', 'new'])
  await other.get('/', { 'If-None-Match': etag }).expect(200)
})

test('a process whose last write was lost shows nothing of it after its next one', async () => {
  let lost = 0
  await failOver(async () => {
    lost = (await app.add('lost')).version
  })
  await app.sql(`insert into item (text) values ('new')`)
  expect(await app.sql('select version::float8 from queue')).toEqual([{ version: lost }])
  await app.add('newer')
  expect(texts(await app.queue())).toEqual(['kept', 'new', 'newer'])
  expect(texts(await other.queue())).toEqual(['kept', 'new', 'newer'])
})
