import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '../support/poll.js'
import { folder, useFolder } from '../support/useFolder.js'
import { procfileCommand, runCommand, startCommand, startWeb } from '../support/webProcess.js'
import { add, load } from './client.js'

useFolder()

const env = () => ({ NODE_ENV: 'development', DATA_DIR: folder })

async function expectRefusal(reason: string): Promise<void> {
  const { code, stdout, stderr } = await runCommand(procfileCommand('web'), { ...env(), PORT: '0' })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  const message = `Can't start: DATA_DIR is ${JSON.stringify(folder)}, but ${reason}`
  expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(message)])
}

test.each([
  ['of another Postgres', 'PG_VERSION'],
  ['that is no database at all', 'README'],
])('a folder "postgres" %s stops the start with one line, and is left as it is', async (_what, name) => {
  const file = path.join(folder, 'postgres', name)
  await mkdir(path.dirname(file))
  await writeFile(file, '15\n')
  await expectRefusal("the database in it can't be opened")
  expect(await readFile(file, 'utf8')).toBe('15\n')
})

test('a first start that was killed half way leaves nothing that the next one stumbles over', async () => {
  const first = await startCommand(procfileCommand('web'), { ...env(), PORT: '0' })
  await until('the database is half made', () => existsSync(path.join(folder, 'postgres')))
  await first.kill()

  const second = await startWeb(env())
  await add(second.url, 'kept')
  expect((await load(second.url)).items).toMatchObject([{ text: 'kept' }])
  await second.stop()
})

// A full disk is a small one, which needs the right to mount. `unshare -m` needs the same.
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0
const testWithDisk = mayMount ? test : test.skip

function mountDisk(size: string): void {
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status).toBe(0)
}

testWithDisk('a disk that is full stops the first start with one line', async () => {
  mountDisk('5m')
  try {
    await expectRefusal('its disk is full')
  } finally {
    spawnSync('umount', [folder])
  }
})

testWithDisk(
  'writes are refused before the disk is quite full, pages are shown, and with more room all is well',
  async () => {
    mountDisk('100m')
    const web = await startWeb(env())
    try {
      await add(web.url, 'first')
      spawnSync('mount', ['-o', 'remount,size=60m', folder])
      expect((await postX(web.url)).status).toBe(503)
      await until('the log says why', () =>
        web.lines.some((line) => line.includes("DATA_DIR's disk is full")),
      )
      expect((await load(web.url)).length).toBe(1)

      spawnSync('mount', ['-o', 'remount,size=100m', folder])
      expect(await add(web.url, 'second')).toMatchObject({ length: 2 })
    } finally {
      await web.stop()
      spawnSync('umount', [folder])
    }
  },
)

test('writes are refused if the folder is gone', async () => {
  const web = await startWeb(env())
  await add(web.url, 'lost with its folder')
  await rm(folder, { recursive: true })
  expect((await postX(web.url)).status).toBe(503)
  await web.stop()
  await mkdir(folder)
})

async function postX(url: string): Promise<Response> {
  return await fetch(`${url}/add`, { method: 'POST', body: new URLSearchParams({ text: 'x' }) })
}
