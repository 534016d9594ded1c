import { existsSync } from 'node:fs'
import { access, rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { dataDir as freshCluster } from '@electric-sql/pglite-prepopulatedfs'
import { UnsuitableDatabase } from '../migrations.js'

/** What a new database needs: it has 39 MB in 1,000 files, and its log grows by 16 MB at a time. */
const NEW: Room = { megabytes: 64, files: 2_000 }
/** What a write may need: more log, and more pages of its tables. */
export const WRITE: Room = { megabytes: 32, files: 20 }

/** A file beside the cluster, as long as that is being made. */
const UNFINISHED = 'unfinished'

interface Room {
  readonly megabytes: number
  readonly files: number
}

/**
 * Opens the Postgres in the folder, and makes one if there is none.
 * @throws UnsuitableDatabase
 */
export async function openCluster(folder: string): Promise<PGlite> {
  const cluster = path.join(folder, 'postgres')
  try {
    // If the first start was killed, half a cluster is left, without any items.
    if (existsSync(path.join(folder, UNFINISHED))) await rm(cluster, { recursive: true, force: true })
    return existsSync(cluster) ? await openOld(cluster) : await makeNew(cluster, folder)
  } catch (error) {
    const fault = !(await hasRoom(folder, NEW))
      ? `its disk is full; the database needs ${NEW.megabytes} MB and ${NEW.files} files`
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

async function makeNew(cluster: string, folder: string): Promise<PGlite> {
  await writeFile(path.join(folder, UNFINISHED), '')
  // A prepared cluster: in WebAssembly initdb takes six seconds, and unpacking its result takes two.
  const postgres = await PGlite.create({ dataDir: cluster, loadDataDir: await freshCluster() })
  await writeFile(path.join(folder, 'complete'), '') // earlier releases delete a database without it
  await rm(path.join(folder, UNFINISHED))
  return postgres
}

/** Asks the file system, because PGlite's errors don't say that the disk is full. */
export async function hasRoom(folder: string, { megabytes, files }: Room): Promise<boolean> {
  const disk = await statfs(folder)
  const countsFiles = disk.files > 0 // some file systems make room for them as needed
  return disk.bavail * disk.bsize >= megabytes * 1_000_000 && (!countsFiles || disk.ffree >= files)
}
