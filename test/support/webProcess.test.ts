import { createDatabase, type TestDatabase } from './database.js'
import { until } from './poll.js'
import { procfileCommand, runCommand, startWeb } from './webProcess.js'

let database: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  database = await createDatabase()
  env = { DATABASE_URL: database.url }
})

afterAll(() => database.drop())

it('runs the command of the release entry to its end', async () => {
  expect(await runCommand(procfileCommand('release'), env)).toMatchObject({ code: 0, signal: null })
})

it('starts a web process, freezes it, lets it go on and stops it', async () => {
  const web = await startWeb(env)
  web.pause()
  await expect(web.isHealthy()).rejects.toThrow('timeout')
  web.resume()
  await until('it answers again', () => web.isHealthy())
  expect(await web.stop()).toEqual({ code: 0, signal: null })
  expect(web.lines.length).toBeGreaterThan(0)
})

it('reports that a web process was killed', async () => {
  const web = await startWeb(env)
  expect(await web.kill()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(await web.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

it('fails with what the process wrote when it does not start', async () => {
  await expect(startWeb({ ...env, PAGE_SIZE: 'many' })).rejects.toThrow('PAGE_SIZE')
  await expect(startWeb(env, 'worker')).rejects.toThrow('The Procfile has no entry "worker"')
})
