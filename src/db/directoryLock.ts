import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpath, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse'
}

export interface DirectoryLock {
  release(): Promise<void>
}

/**
 * Makes this process the only one of its machine that has the folder, until it lets go or ends. The lock is
 * a local socket named after the folder: the system takes it back however the process dies, so that no stale
 * file keeps anyone out after a `kill -9`. Throws `DirectoryInUse` if another process has it.
 */
export async function lockDirectory(folder: string): Promise<DirectoryLock> {
  const name = socketName(await realpath(folder))
  const server = await listen(name).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || (await isAnswered(name)))
      throw new DirectoryInUse(
        `Can't start: DATA_DIR is ${JSON.stringify(folder)}, but another process is using it; it should be one of its own`,
        { cause: error },
      )
    await rm(name, { force: true })
    return await listen(name)
  })
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Linux and Windows have names that vanish with their process; elsewhere it is a file in the temp folder. */
function socketName(folder: string): string {
  const name = `queue-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return path.join(tmpdir(), name)
}

async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  server.listen(name)
  await once(server, 'listening')
  return server
}

/** Whether somebody is behind the name, rather than a file that a killed process left. */
async function isAnswered(name: string): Promise<boolean> {
  const socket = connect(name)
  return await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
