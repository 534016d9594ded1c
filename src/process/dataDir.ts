import { constants, existsSync } from 'node:fs'
import { access, mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { type Config, InvalidConfig } from '../config.js'

const { R_OK, W_OK, X_OK } = constants

/** What is wrong with DATA_DIR, by the system's error code. */
const FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'that is not a folder',
  ENOTDIR: 'that is not a folder',
  ENOENT: 'it can’t be created there',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
}

/**
 * Checks that the embedded database's folder can be used, and makes it if there is none. Does nothing if `DATABASE_URL`
 * is set.
 * @throws InvalidConfig
 */
export async function checkDataDir({
  postgres,
  dataDir,
}: Pick<Config, 'postgres' | 'dataDir'>): Promise<void> {
  if (postgres) return
  try {
    await makeFolder(path.resolve(dataDir))
    await readdir(dataDir) // fails if it is a file
    await access(dataDir, R_OK | W_OK | X_OK)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    const fault = FAULTS[code] ?? `it can't be used (${code})`
    throw new InvalidConfig(
      `Can't start: DATA_DIR is ${JSON.stringify(dataDir)}, but ${fault}; it should be a folder to keep the queue in`,
      { cause: error },
    )
  }
}

/** Makes parents too. Not by `recursive`: below `/proc`, which takes no new folders, Node 20 never returns. */
async function makeFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder)
  if (!existsSync(parent)) await makeFolder(parent)
  try {
    await mkdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
