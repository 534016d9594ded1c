import type pg from 'pg'
import { createDatabase, openClient } from '../support/database.js'
import { ensureMemcached } from '../support/ensureMemcached.js'
import { Memcached, startMemcached } from '../support/memcached.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { chosenPostgres } from '../support/postgresInstallations.js'
import { type Environment, procfileCommand, runCommand } from '../support/webProcess.js'
import type { Release } from './release.js'
import { Web } from './web.js'

/** How the app is set up for the checker; small pages, so that there are second ones. */
const SETTINGS: Environment = {
  PAGE_SIZE: '10',
  WRITE_LIMIT_PER_MINUTE: '0',
  AUDIT_ONE_IN: '10',
  LOG_LEVEL: 'warn',
}
const WEB_PROCESSES = 3

/** How the servers are started. */
interface SetUp {
  readonly release: Release
  /** Further settings of the app. */
  readonly env: Environment
  readonly memcachedArgs: readonly string[]
  /** Defaults of the database. */
  readonly databaseSettings: Readonly<Record<string, string>>
}

/** A Postgres, a memcached and three web processes that belong to this run alone. */
export class Cluster {
  readonly postgres: Postgres
  readonly webs: readonly Web[]
  #memcached: Memcached
  #memcachedArgs: readonly string[] = []
  #websSetUp = ''
  readonly #databaseName: string
  #releaseFolder = ''
  #isPostgresUp = true
  #isMemcachedUp = true

  /** Starts the servers. The web processes start when they are set up. */
  static async start(installation = chosenPostgres()): Promise<Cluster> {
    ensureMemcached()
    const [postgres, memcached] = await Promise.all([startPostgres({ installation }), startMemcached()])
    const name = await createMigratedDatabase(postgres)
    const webs = await Promise.all(
      Array.from({ length: WEB_PROCESSES }, (_, index) =>
        Web.prepare({
          name: `web ${index + 1}`,
          postgresPort: postgres.port,
          memcachedPort: memcached.port,
          databaseUrl: (port) => postgres.url(name, port),
        }),
      ),
    )
    return new Cluster(postgres, memcached, webs, name)
  }

  private constructor(postgres: Postgres, memcached: Memcached, webs: readonly Web[], databaseName: string) {
    this.postgres = postgres
    this.#databaseName = databaseName
    this.webs = webs
    this.#memcached = memcached
  }

  get memcached(): Memcached {
    return this.#memcached
  }

  /** Restarts everything that does not run with these settings yet. */
  async setUp({ release, env, memcachedArgs, databaseSettings }: SetUp): Promise<void> {
    if (String(memcachedArgs) !== String(this.#memcachedArgs)) await this.startMemcached(memcachedArgs)
    this.#releaseFolder = release.folder
    const webs = JSON.stringify([release.folder, env, databaseSettings])
    if (webs === this.#websSetUp) return
    await Promise.all(this.webs.map((web) => web.stop()))
    await this.#setDatabaseDefaults(databaseSettings)
    await Promise.all(this.webs.map((web) => web.start(release.folder, { ...SETTINGS, ...env })))
    this.#websSetUp = webs
  }

  /** Somebody else's connection, straight to the database of the app. */
  connect(): Promise<pg.Client> {
    return openClient(this.postgres.url(this.#databaseName))
  }

  /** Runs another app of the same release beside ours, with the same memcached, but with its own database. */
  async withNeighbour(work: (neighbour: Web) => Promise<void>): Promise<void> {
    const name = await createMigratedDatabase(this.postgres)
    const neighbour = await Web.prepare({
      name: 'neighbour',
      postgresPort: this.postgres.port,
      memcachedPort: this.#memcached.port,
      databaseUrl: (port) => this.postgres.url(name, port),
    })
    try {
      await neighbour.start(this.#releaseFolder, SETTINGS)
      await work(neighbour)
    } finally {
      await neighbour.stop()
      await neighbour.closeProxies()
    }
  }

  async killMemcached(): Promise<void> {
    this.#isMemcachedUp = false
    await this.#memcached.kill()
  }

  /** Starts it empty on its old port, with these arguments or those it had. */
  async startMemcached(args = this.#memcachedArgs): Promise<void> {
    if (this.#isMemcachedUp) await this.killMemcached()
    this.#memcachedArgs = args
    const { port } = this.#memcached
    this.#memcached = new Memcached(port, { args })
    await this.#memcached.start()
    this.#isMemcachedUp = true
  }

  async killPostgres(): Promise<void> {
    this.#isPostgresUp = false
    await this.postgres.kill()
  }

  async startPostgres(): Promise<void> {
    await this.postgres.restart()
    this.#isPostgresUp = true
  }

  /** Undoes every fault. Returns when all servers answer again. */
  async heal(): Promise<void> {
    this.postgres.resume()
    this.#memcached.resume()
    if (!this.#isPostgresUp) await this.startPostgres()
    if (!this.#isMemcachedUp) await this.startMemcached()
    await Promise.all(this.webs.map((web) => web.heal()))
  }

  async #setDatabaseDefaults(settings: Readonly<Record<string, string>>): Promise<void> {
    const client = await this.connect()
    try {
      await client.query(`alter database ${this.#databaseName} reset all`)
      for (const [name, value] of Object.entries(settings)) {
        await client.query(
          `alter database ${this.#databaseName} set ${name} = ${client.escapeLiteral(value)}`,
        )
      }
    } finally {
      await client.end()
    }
  }

  async stop(): Promise<void> {
    await this.heal()
    await Promise.all(this.webs.map((web) => web.stop()))
    await Promise.all(this.webs.map((web) => web.closeProxies()))
    await Promise.all([this.#memcached.kill(), this.postgres.stop()])
  }
}

/** @returns its name */
async function createMigratedDatabase(postgres: Postgres): Promise<string> {
  const { name, url } = await createDatabase(postgres.url())
  await migrate(url)
  return name
}

async function migrate(url: string): Promise<void> {
  const { code, stderr } = await runCommand(procfileCommand('release'), { DATABASE_URL: url })
  if (code !== 0) throw new Error(`The release command failed:\n${stderr}`)
}
