import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { query } from './database.js'
import { freePort } from './freePort.js'
import { OrphanGuard } from './OrphanGuard.js'
import { type PostgresBinaries, postgresBinaries } from './postgresBinaries.js'
import { chosenPostgres, type PostgresInstallation } from './postgresInstallations.js'
import { RunningProcess } from './RunningProcess.js'

type PostgresSettings = Readonly<Record<string, string>>

/** Everything else has Postgres's defaults, JIT included. */
const SETTINGS: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // the default folder may belong to another user, or not exist
  max_connections: '200', // the tests share one server
  shared_preload_libraries: 'pg_stat_statements', // tests count the queries that arrive
  // Else a crash of the tests would leave files in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
}

interface Cluster {
  readonly port: number
  readonly settings: PostgresSettings
  readonly folder: string
  readonly password: string
  readonly installation: PostgresInstallation
  readonly binaries: PostgresBinaries
  readonly guard: OrphanGuard
}

/**
 * Starts a Postgres server on a new, empty data folder: the one that `TEST_POSTGRES` names, or the given one. The
 * settings are those of `postgresql.conf`.
 */
export async function startPostgres(
  options: { settings?: PostgresSettings; installation?: PostgresInstallation } = {},
): Promise<Postgres> {
  const installation = options.installation ?? chosenPostgres()
  const folder = await mkdtemp(join(tmpdir(), 'queue-postgres-'))
  const cluster: Cluster = {
    port: await freePort(),
    settings: { ...SETTINGS, ...options.settings },
    folder,
    password: randomBytes(12).toString('hex'),
    installation,
    binaries: postgresBinaries(installation, folder),
    guard: new OrphanGuard(folder),
  }
  await initialise(cluster)
  const postgres = new Postgres(cluster)
  await postgres.restart()
  return postgres
}

/** A Postgres server that belongs to the test. */
export class Postgres {
  readonly port: number
  readonly #cluster: Cluster
  #postmaster: RunningProcess | undefined

  constructor(cluster: Cluster) {
    this.port = cluster.port
    this.#cluster = cluster
  }

  /** The postmaster's process id. */
  get pid(): number {
    return this.#running().pid
  }

  /** Where its data lies. */
  get folder(): string {
    return this.#cluster.folder
  }

  /** Which Postgres this is, for the reader of a report: "Postgres 15.18 (Debian 15.18-0+deb12u1), JIT on". */
  async describe(): Promise<string> {
    // `jit` may be on in a build that has no compiler. Only pg_jit_available() says it.
    const [row] = await query(
      this.url(),
      `select current_setting('server_version') as version,
        case when pg_jit_available() then 'on' else 'off' end as jit`,
    )
    return `Postgres ${row?.version}, JIT ${row?.jit}`
  }

  /** The `DATABASE_URL` of one of its databases. */
  url(databaseName = 'postgres', port = this.port): string {
    return `postgres://postgres:${this.#cluster.password}@127.0.0.1:${port}/${databaseName}`
  }

  /** Freezes the postmaster and all its backends: connections stay open, and nothing answers. */
  pause(): void {
    this.#running().pause()
  }

  resume(): void {
    this.#running().resume()
  }

  /** `kill -9` for the postmaster and all its backends, like a machine that loses power. */
  async kill(): Promise<void> {
    await this.#running().kill()
  }

  /** Shuts down in good order and keeps the data; `restart` brings it back. */
  async shutDown(): Promise<void> {
    await this.#postmaster?.stop('SIGINT')
  }

  /** Starts again on the same data and port, after shutting down if it still runs. */
  async restart(): Promise<void> {
    await this.shutDown()
    const { binaries, folder, guard, settings } = this.#cluster
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const args = ['-D', join(folder, 'data'), '-p', String(this.port), ...flags]
    const options = { env: CLEAN_ENV, cwd: folder, ...binaries.owner }
    this.#postmaster = await RunningProcess.start(binaries.postgres, args, options, guard)
    await this.#postmaster.ready(() => answers(this.url()), 30_000)
  }

  /** Shuts down and removes the data. */
  async stop(): Promise<void> {
    await this.shutDown()
    await rm(this.#cluster.folder, { recursive: true, force: true })
    this.#cluster.guard.release()
  }

  #running(): RunningProcess {
    if (!this.#postmaster) throw new Error('Postgres was never started')
    return this.#postmaster
  }
}

// Whatever PG... variables the developer has must not reach it.
const CLEAN_ENV = { LC_ALL: 'C' }

async function initialise({ folder, password, installation, binaries }: Cluster): Promise<void> {
  const { initdb, owner } = binaries
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password)
  if (owner.uid !== undefined) {
    await chown(folder, owner.uid, owner.gid)
    await chmod(passwordFile, 0o644) // the folder itself is closed to others
  }
  const args = [
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    // SCRAM is what servers ask for, and costs both sides some milliseconds for each of the tests' many connections.
    `--auth=${installation.isStock ? 'scram-sha-256' : 'password'}`,
    // Not the encoding that LANG names on this machine.
    '--encoding=UTF8',
    `--locale=${platform() === 'linux' ? 'C.UTF-8' : 'C'}`,
  ]
  await promisify(execFile)(initdb, [...args, '--no-sync', '-D', join(folder, 'data')], {
    env: CLEAN_ENV,
    cwd: folder,
    ...owner,
  })
}

/** Whether a server takes connections at this address; otherwise it fails. */
export async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  await client.connect()
  await client.end()
  return true
}
