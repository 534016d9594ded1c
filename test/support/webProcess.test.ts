import { createMigratedDatabase } from './database.js'
import { until } from './poll.js'
import { database, useDatabase } from './useDatabase.js'
import { startWeb } from './webProcess.js'

useDatabase(createMigratedDatabase)

const start = (more: object = {}, entry = 'web') => startWeb({ DATABASE_URL: database.url, ...more }, entry)

it('starts a web process, freezes it, lets it go on and stops it', async () => {
  const web = await start()
  web.pause()
  await expect(web.isHealthy()).rejects.toThrow('timeout')
  web.resume()
  await until('it answers again', () => web.isHealthy())
  expect(await web.stop()).toEqual({ code: 0, signal: null })
  expect(web.lines.length).toBeGreaterThan(0)
})

it('reports that a web process was killed', async () => {
  const web = await start()
  expect(await web.kill()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(await web.exited).toEqual({ code: null, signal: 'SIGKILL' })
})

it('fails with what the process wrote when it does not start', async () => {
  await expect(start({ PAGE_SIZE: 'many' })).rejects.toThrow('PAGE_SIZE')
  await expect(start({}, 'worker')).rejects.toThrow('The Procfile has no entry "worker"')
})
