import { cp } from 'node:fs/promises'
import path from 'node:path'
import { createDatabase } from '../support/database.js'
import { startMemcached } from '../support/memcached.js'
import { folder, useFolder } from '../support/useFolder.js'
import { PROJECT_FOLDER, procfileCommand, runCommand } from '../support/webProcess.js'

useFolder()

const VERIFY = 'npm run --silent verify --'

test('says line by line that all is well and exits 0', async () => {
  const database = await createDatabase()
  const memcached = await startMemcached()
  const env = { DATABASE_URL: database.url, MEMCACHIER_SERVERS: memcached.address }
  await runCommand(procfileCommand('release'), env)

  const lines = await runCommand(VERIFY, env)
  expect(lines).toMatchObject({ code: 0, stderr: '' })
  expect(lines.stdout).toMatch(/^✓ configuration: /)
  expect(lines.stdout.split('\n').filter((line) => !/^[✓•] /.test(line))).toEqual([])
  await memcached.kill()
  await database.drop()
})

test('exits 1 if something does not work, and shows no password', async () => {
  const env = {
    DATABASE_URL: 'postgres://somebody:s3cret@localhost:1/queue',
    MEMCACHIER_SERVERS: 'localhost:1',
    MEMCACHIER_USERNAME: 'somebody',
    MEMCACHIER_PASSWORD: 's3cret',
  }
  const { code, stdout, stderr } = await runCommand(VERIFY, env)
  expect([code, stderr]).toEqual([1, ''])
  expect(stdout.match(/^✗/gm)).toHaveLength(2)
  expect(stdout).not.toContain('s3cret')
})

test('exits 1 with one failed check if a variable is unusable', async () => {
  const { code, stdout } = await runCommand(VERIFY, { DATABASE_URL: 'nonsense' })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^✗ configuration: .*DATABASE_URL should be .*$/)
})

test.each(['verify', 'migrate'])('npm run %s says what to do before anything is built', async (script) => {
  for (const part of ['package.json', 'bin']) {
    await cp(path.join(PROJECT_FOLDER, part), path.join(folder, part), { recursive: true })
  }
  const { code, stdout, stderr } = await runCommand(`npm run --silent ${script}`, {}, folder)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^Not built yet: run .*`npm run build`[^\n]*$/)
})
