import { once } from 'node:events'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DirectoryInUse, type DirectoryLock, lockDirectory } from '../../../src/db/embedded/directoryLock.js'
import { folder, useFolder } from '../../support/useFolder.js'

useFolder()

test('a folder has one owner at a time, by whatever name it is called', async () => {
  const alias = `${folder}-alias`
  await symlink(folder, alias)
  const lock = await lockDirectory(folder)
  for (const name of [folder, alias]) {
    await expect(lockDirectory(name)).rejects.toMatchObject({
      name: 'DirectoryInUse',
      message: expect.stringContaining(`DATA_DIR is ${JSON.stringify(name)}, but another process`),
      cause: { code: 'EADDRINUSE' },
    })
  }
  await lock.release()
  await (await lockDirectory(alias)).release()
  await rm(alias)
})

test('each folder has an owner of its own', async () => {
  const other = await mkdtemp(path.join(tmpdir(), 'lock-'))
  const locks = [await lockDirectory(folder), await lockDirectory(other)]
  for (const lock of locks) await lock.release()
  await rm(other, { recursive: true })
})

test('to let go twice does no harm', async () => {
  const lock = await lockDirectory(folder)
  await lock.release()
  await lock.release()
})

test('a lock keeps no process alive', async () => {
  const keptAlive = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('Pipe'))
  const before = keptAlive()
  const lock = await lockDirectory(folder)
  expect(keptAlive()).toEqual(before)
  await lock.release()
})

async function lockFiles(): Promise<string[]> {
  const names = await readdir(tmpdir())
  return names.filter((name) => /^queue-[0-9a-f]{32}$/.test(name)).map((name) => path.join(tmpdir(), name))
}

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('on Linux a lock leaves no file that could stay behind', async () => {
  const before = await lockFiles()
  const lock = await lockDirectory(folder)
  expect(await lockFiles()).toEqual(before)
  await lock.release()
})

describe('on a system whose locks are files', () => {
  const { platform } = process

  beforeEach(() => {
    Object.defineProperty(process, 'platform', { value: 'darwin' })
  })

  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: platform })
  })

  async function lock(): Promise<{ readonly held: DirectoryLock; readonly file: string }> {
    const before = await lockFiles()
    const held = await lockDirectory(folder)
    const [file = ''] = (await lockFiles()).filter((name) => !before.includes(name))
    return { held, file }
  }

  test('one that a killed process left keeps nobody out', async () => {
    const { held, file } = await lock()
    await held.release()
    expect(await lockFiles()).not.toContain(file)
    await writeFile(file, '')
    const next = await lockDirectory(folder)
    await expect(lockDirectory(folder)).rejects.toBeInstanceOf(DirectoryInUse)
    expect(await lockFiles()).toContain(file)
    await next.release()
    expect(await lockFiles()).not.toContain(file)
  })

  test('nobody who asks there keeps a connection', async () => {
    const { held, file } = await lock()
    await once(connect(file), 'close')
    await held.release()
  })
})
