import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createDatabase, NOWHERE, query, type TestDatabase } from '../support/database.js'
import { freePort } from '../support/freePort.js'
import { until } from '../support/poll.js'
import { folder, useFolder } from '../support/useFolder.js'
import { procfileCommand, runCommand, startCommand, startWeb } from '../support/webProcess.js'
import { add, load } from './client.js'

useFolder()

describe('with the embedded database', () => {
  const env = () => ({ NODE_ENV: 'development', DATA_DIR: folder })

  test('keeps the items over a restart and over a kill -9', async () => {
    const first = await startWeb(env())
    await add(first.url, 'before the restart')
    expect(await first.stop()).toMatchObject({ code: 0 })

    const second = await startWeb(env())
    const { version } = await add(second.url, 'before the kill')
    await second.kill()

    const third = await startWeb(env())
    const page = await load(third.url)
    expect(page.version).toBe(version)
    expect(page.items.map((item) => item.text)).toEqual(['before the restart', 'before the kill'])
    await third.stop()
  })

  test('refuses a second process on the same folder with one line, and harms nothing', async () => {
    const first = await startWeb(env())
    await add(first.url, 'mine')
    const second = await runCommand(procfileCommand('web'), { ...env(), PORT: '0' })
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/DATA_DIR is ".*", but another process/),
    ])
    await add(first.url, 'still mine')
    expect((await load(first.url)).length).toBe(2)
    await first.stop()
  })
})

describe('a value that can not be used stops the start with one line that names the variable', () => {
  test.each([
    ['HOST', { HOST: '192.0.2.1' }, 'HOST is "192.0.2.1", but'],
    ['HOST', { HOST: 'nowhere.invalid' }, 'HOST is "nowhere.invalid", but'],
    ['HOST', { HOST: '127.0.0.1:80' }, 'HOST is "127.0.0.1:80", but'],
    ['DATA_DIR', { DATA_DIR: 'package.json' }, 'DATA_DIR is "package.json", but that is not a folder'],
    ['DATA_DIR', { DATA_DIR: 'package.json/x' }, 'DATA_DIR is "package.json/x", but that is not a folder'],
    ['DATA_DIR', { DATA_DIR: '/proc/queue' }, 'DATA_DIR is "/proc/queue", but'],
    ['.env', { DOTENV_CONFIG_PATH: 'src' }, ".env can't be read (EISDIR)"],
  ])('%s: %j', async (_name, values, message) => {
    const env = { NODE_ENV: 'development', PORT: '0', ...values }
    const { code, stdout, stderr } = await runCommand(procfileCommand('web'), env)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`Can't start: ${message}`)])
  })
})

test.each(['127.0.0.2', '0.0.0.0', '::', '::1', 'localhost'])(
  'names an address that answers when HOST is %s',
  async (HOST) => {
    const port = await freePort()
    const env = { NODE_ENV: 'development', DATABASE_URL: NOWHERE, PORT: String(port), HOST }
    const process = await startCommand(procfileCommand('web'), env)
    await process.ready(async () => process.lines.some((line) => line.includes('The queue is open')))
    const [url = ''] = /http:\/\/\S+/.exec(process.lines.join(' ')) ?? []
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await process.stop()
  },
)

describe('with Postgres', () => {
  let database: TestDatabase
  let env: Record<string, string>

  beforeEach(async () => {
    database = await createDatabase()
    env = { DATABASE_URL: database.url }
  })

  afterEach(async () => {
    await database.drop()
  })

  test('migrates from two places at once without harm, and again', async () => {
    const release = () => runCommand(procfileCommand('release'), env)
    const results = await Promise.all([release(), release(), release()])
    expect(results.map((result) => result.code)).toEqual([0, 0, 0])
    expect(await query(database.url, 'select count(*)::int from queue')).toEqual([{ count: 1 }])
  })

  test('fails the release if a migration fails, and leaves nothing half done', async () => {
    await query(database.url, 'create table queue (something text)') // in the way of the first migration's second statement
    const result = await runCommand(procfileCommand('release'), env)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('relation "queue" already exists')
    expect(await query(database.url, "select to_regclass('item') as item")).toEqual([{ item: null }])
    expect(await query(database.url, "select to_regclass('migration') as migration")).toEqual([
      { migration: null },
    ])
  })

  test('fails the release with one line if Postgres is down', async () => {
    const result = await runCommand(procfileCommand('release'), { DATABASE_URL: NOWHERE })
    expect(result.code).toBe(1)
    expect(result.stderr.trim()).toMatch(/^Postgres is unavailable: [^\n]*ECONNREFUSED[^\n]*$/)
  })

  test.each([
    ['the embedded database, which is not opened', () => ({ NODE_ENV: 'development', DATA_DIR: folder })],
    ['one process', () => env],
    ['two processes', () => ({ ...env, WEB_CONCURRENCY: '2' })],
  ])('stops with one line that names PORT if it is taken, with %s', async (_what, environment) => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, resolve))
    const { port } = taken.address() as { port: number }
    const result = await runCommand(procfileCommand('web'), { ...environment(), PORT: String(port) })
    taken.close()
    expect(result).toMatchObject({ code: 1 })
    expect(result.stderr.trim()).toMatch(new RegExp(`^Can't start: PORT is "${port}", but [^\\n]*$`))
    expect(await readdir(folder)).toEqual([])
  })

  test('with SLOW_QUERY_MS=2000 shows the first page slowly and every later one from the cache, after writes too', async () => {
    await runCommand(procfileCommand('release'), env)
    const web = await startWeb({ ...env, SLOW_QUERY_MS: '2000' })
    await until('it is ready', () => web.isReady())
    expect((await load(web.url)).cacheStatus).toBe('memory; fwd=miss; stored')
    for (let i = 0; i < 5; i++) {
      const { version } = await add(web.url, `item ${i}`)
      expect(await load(web.url)).toMatchObject({ version, cacheStatus: 'memory; hit' })
    }
    await web.stop()
  })
})
