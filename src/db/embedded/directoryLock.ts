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
 * Locks the folder: no other process of this machine gets the lock until it is released or this process ends. The lock
 * is a local socket named after the folder. The system removes it even after a `kill -9`, so no stale lock remains.
 * @throws DirectoryInUse if another process has the lock
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

/** On Linux and Windows the name disappears with its process. Elsewhere it is a file in the temp folder. */
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

/** Whether a process listens on the socket. If not, a killed process has left the file. */
async function isAnswered(name: string): Promise<boolean> {
  const socket = connect(name)
  return await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
