import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { createDatabase } from '../test/support/database.js'
import { freePort } from '../test/support/freePort.js'
import { type Memcached, startMemcached } from '../test/support/memcached.js'
import type { Postgres } from '../test/support/postgres.js'
import { RunningProcess } from '../test/support/RunningProcess.js'
import {
  type Environment,
  procfileCommand,
  runCommand,
  startWebCommand,
  type WebProcess,
} from '../test/support/webProcess.js'
import { cpuUs } from './accounting.js'
import { put, type Target } from './load.js'

const PROJECT_FOLDER = fileURLToPath(new URL('../', import.meta.url))
const TRIM_EVERY_MS = 20
/** With a pause, so that polling does not take a processor from the starting process. */
const POLL_MS = 5
const STATISTICS_DELAY_MS = 1_500
const PAGE_KEY = 'page'

interface Servers {
  readonly postgres: Postgres
  readonly memcached: Memcached
  readonly env: Environment
  readonly trimmer: pg.Client
}

/** A queue of one length: a database and a memcached, with the candidates that use them. */
export class Setup {
  readonly length: number
  readonly #postgres: Postgres
  readonly #memcached: Memcached
  readonly #env: Environment
  readonly #trimmer: pg.Client
  readonly #stops: (() => Promise<unknown>)[] = []

  static async open(postgres: Postgres, length: number, env: Environment = {}): Promise<Setup> {
    const { name } = await createDatabase(postgres.url())
    const memcached = await startMemcached()
    const all = {
      DATABASE_URL: postgres.url(name),
      MEMCACHIER_SERVERS: memcached.address,
      WRITE_LIMIT_PER_MINUTE: '0',
      ...env,
    }
    const { code, stderr } = await runCommand(procfileCommand('release'), all)
    if (code !== 0) throw new Error(`The release command failed:\n${stderr}`)
    const trimmer = new pg.Client(all.DATABASE_URL)
    await trimmer.connect()
    await fill(trimmer, length)
    return new Setup(length, { postgres, memcached, env: all, trimmer })
  }

  private constructor(length: number, { postgres, memcached, env, trimmer }: Servers) {
    this.length = length
    this.#postgres = postgres
    this.#memcached = memcached
    this.#env = env
    this.#trimmer = trimmer
  }

  /**
   * The product, from its Procfile, in production mode. Its log goes nowhere, because reading it would take a
   * processor.
   */
  async product(env: Environment = {}): Promise<WebProcess> {
    const web = await startWebCommand(`${procfileCommand('web')} > /dev/null`, { ...this.#env, ...env })
    this.#stops.push(() => web.stop())
    return web
  }

  /** How long a web process takes from its start to its first page. */
  async firstPageMs(): Promise<number> {
    const port = await freePort()
    const beganAtMs = performance.now()
    const starting = this.product({ PORT: String(port) })
    while (!(await shows(`http://127.0.0.1:${port}/`))) await delay(POLL_MS)
    const tookMs = performance.now() - beganAtMs
    await (await starting).stop()
    return tookMs
  }

  async tutorial(): Promise<Target> {
    return await this.#app('tutorial', this.#memcached.address, this.#env.DATABASE_URL ?? '')
  }

  /** An app that gets the product's bytes from memcached and sends them. */
  async sender(name: 'bare' | 'nodeGet', product: Target): Promise<Target> {
    const page = await (await fetch(product.url)).text()
    await this.#memcached.command(`set ${PAGE_KEY} 0 0 ${Buffer.byteLength(page)}\r\n${page}`)
    return await this.#app(name, this.#memcached.address, PAGE_KEY)
  }

  /** Processor time, in µs, that this web server, Postgres and memcached have used so far. */
  cpuUs(web: Target): Readonly<Record<'web' | 'postgres' | 'memcached', number>> {
    return {
      web: cpuUs(web.pid),
      postgres: cpuUs(this.#postgres.pid),
      memcached: cpuUs(this.#memcached.pid),
    }
  }

  /** The environment of a web process that reaches both servers through these ports instead of their own. */
  envThrough(ports: { readonly postgres: number; readonly memcached: number }): Environment {
    const databaseUrl = new URL(this.#env.DATABASE_URL ?? '')
    databaseUrl.port = String(ports.postgres)
    return { DATABASE_URL: databaseUrl.href, MEMCACHIER_SERVERS: `127.0.0.1:${ports.memcached}` }
  }

  get ports(): { readonly postgres: number; readonly memcached: number } {
    return { postgres: this.#postgres.port, memcached: this.#memcached.port }
  }

  /** Transactions that this database has committed so far. Each backend reports them with a delay of up to a second. */
  async commits(): Promise<number> {
    await delay(STATISTICS_DELAY_MS)
    const { rows } = await this.#trimmer.query<{ commits: string }>(
      'select xact_commit as commits from pg_stat_database where datname = current_database()',
    )
    return Number(rows[0]?.commits)
  }

  /** Empties the memcached. */
  async flush(): Promise<void> {
    await this.#memcached.command('flush_all')
  }

  /** Bytes that memcached has sent and received so far. */
  async memcachedBytes(): Promise<number> {
    const { bytes_read: received = 0, bytes_written: sent = 0 } = await this.#memcached.stats()
    return received + sent
  }

  /**
   * Keeps the tutorial's queue at its length while something adds to it. The product's queue may grow, because its
   * length costs nothing. To delete from it would be a write by another client, after which the product reads the whole
   * page.
   */
  async trimmed<R>(work: () => Promise<R>): Promise<R> {
    let isWorking = true
    const trimming = (async () => {
      while (isWorking) {
        await this.#trimmer.query(trim('tutorial_item', this.length))
        await delay(TRIM_EVERY_MS)
      }
    })()
    try {
      return await work()
    } finally {
      isWorking = false
      await trimming
      await this.#trimmer.query(trim('item', this.length))
      await this.#trimmer.query('vacuum analyze item, tutorial_item')
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()))
    await Promise.all([this.#trimmer.end(), this.#memcached.kill()])
  }

  async #app(name: string, ...args: string[]): Promise<Target> {
    const port = await freePort()
    const program = ['--import', './test/support/typescript.js', `bench/apps/${name}.ts`, String(port)]
    const app = await RunningProcess.start(process.execPath, [...program, ...args], {
      cwd: PROJECT_FOLDER,
      env: { NODE_ENV: 'production' },
    })
    const url = `http://127.0.0.1:${port}`
    await app.ready(() => answers(url))
    this.#stops.push(() => app.stop())
    return { url, pid: app.pid }
  }
}

/** Until V8 has optimised it. */
export async function warmUp(target: Target, seconds: number): Promise<void> {
  await put(target, { connections: 32, seconds })
}

/** The same for adds, which run other code than page loads. */
export async function warmUpAdds(setup: Setup, target: Target, seconds: number): Promise<void> {
  await setup.trimmed(() => put(target, { connections: 32, seconds, adds: true }))
}

async function shows(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false // it does not listen yet
  }
}

async function answers(url: string): Promise<boolean> {
  await (await fetch(`${url}/whatever`)).arrayBuffer()
  return true
}

async function fill(client: pg.Client, length: number): Promise<void> {
  await client.query(`
    insert into item (text) select lpad(n::text, 20, 'item ') from generate_series(1, ${length}) n;
    create table tutorial_item (id serial primary key, text text not null);
    insert into tutorial_item (text) select text from item order by id`)
  await client.query('vacuum analyze item, tutorial_item')
  // Trimming must not wait for the disk, and must not make others wait.
  await client.query('set synchronous_commit = off')
}

function trim(table: 'item' | 'tutorial_item', length: number): string {
  return `delete from ${table} where id <= (select max(id) - ${length} from ${table})`
}
