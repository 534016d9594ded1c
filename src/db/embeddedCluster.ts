import { existsSync } from 'node:fs'
import { access, rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { dataDir as freshCluster } from '@electric-sql/pglite-prepopulatedfs'
import { UnsuitableDatabase } from './migrations.js'

/** What Postgres needs to start: a new cluster has 39 MB in 1,000 files, and a write may need another 16 MB of log. */
const NEEDED_MB = 64
const NEEDED_FILES = 2_000

/**
 * Opens the Postgres in the folder, and makes one if there is none.
 * @throws UnsuitableDatabase
 */
export async function openCluster(folder: string): Promise<PGlite> {
  const cluster = path.join(folder, 'postgres')
  const unfinished = path.join(folder, 'unfinished')
  try {
    // If the first start was killed, half a cluster is left, without any items.
    if (existsSync(unfinished)) await rm(cluster, { recursive: true, force: true })
    return existsSync(cluster) ? await openOld(cluster) : await makeNew(cluster, unfinished)
  } catch (error) {
    const fault = (await isDiskFull(folder))
      ? `its disk is full; the database needs ${NEEDED_MB} MB and ${NEEDED_FILES} files`
      : `the database in it can't be opened (${error}): it may be damaged, another user's, or another Postgres's; move the folder away, or name another one`
    throw new UnsuitableDatabase(`Can't start: DATA_DIR is ${JSON.stringify(folder)}, but ${fault}`, {
      cause: error,
    })
  }
}

async function openOld(cluster: string): Promise<PGlite> {
  await access(path.join(cluster, 'PG_VERSION')) // without it, PGlite would make a new cluster over what is there
  return await PGlite.create({ dataDir: cluster })
}

async function makeNew(cluster: string, unfinished: string): Promise<PGlite> {
  await writeFile(unfinished, '')
  // A prepared cluster: in WebAssembly initdb takes six seconds, and unpacking its result takes two.
  const postgres = await PGlite.create({ dataDir: cluster, loadDataDir: await freshCluster() })
  await rm(unfinished)
  return postgres
}

/** Asks the file system, because PGlite's errors don't say it. */
async function isDiskFull(folder: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(folder)
  const countsFiles = files > 0 // some file systems make room for them as needed
  return bavail * bsize < NEEDED_MB * 1_000_000 || (countsFiles && ffree < NEEDED_FILES)
}
