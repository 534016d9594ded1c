import { verifyDatabase } from '../../src/verify/database.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { procfileCommand, runCommand } from '../support/webProcess.js'
import { finding, findings } from './findings.js'

let database: TestDatabase

beforeAll(async () => {
  database = await createDatabase()
})

afterAll(() => database.drop())

function verify(url: string, environment: Record<string, string> = {}) {
  return findings(verifyDatabase, { DATABASE_URL: url, ...environment })
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url)
  change(url)
  return url.href
}

test('says that the database is not migrated, and once it is, that all is well', async () => {
  const reached = [finding('ok', 'database', 'answers'), finding('note', 'TLS', 'off')]
  expect(await verify(database.url)).toEqual([...reached, finding('failed', 'migrations', 'npm run migrate')])
  await runCommand(procfileCommand('release'), { DATABASE_URL: database.url })
  expect(await verify(database.url)).toEqual([...reached, finding('ok', 'migrations')])
})

test.each<[string, () => string, string]>([
  ['a wrong password', () => changed((url) => (url.password = 'wrong')), 'wrong password'],
  ['a database that is not there', () => changed((url) => (url.pathname = 'nowhere')), 'no such database'],
  ['a closed port', () => changed((url) => (url.port = '1')), 'nothing listens there'],
  [
    'a host that does not exist',
    () => changed((url) => (url.hostname = 'nowhere.invalid')),
    'no host of that',
  ],
])('tells %s apart', async (_fault, url, words) => {
  expect(await verify(url())).toEqual([finding('failed', 'database', words)])
})

test('says that a server has no TLS where TLS is asked for', async () => {
  expect(await verify(database.url, { PGSSLMODE: 'require' })).toEqual([
    finding('failed', 'database', 'does not support SSL'),
  ])
})

test('says that nothing answers where the network swallows all', async () => {
  const { proxy, url } = await FaultyProxy.inFrontOf(database.url)
  await proxy.setFault({ kind: 'swallow' })
  expect(await verify(url)).toEqual([finding('failed', 'database', 'did not let us in')])
  await proxy.close()
})

test('takes no database for the embedded one', async () => {
  expect(await findings(verifyDatabase, {})).toEqual([finding('note', 'database', 'DATABASE_URL is unset')])
})
