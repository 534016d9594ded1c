import pg from 'pg'
import { ensureMemcached } from '../../test/support/ensureMemcached.js'
import { type Postgres, startPostgres } from '../../test/support/postgres.js'
import { stockPostgresIfInstalled } from '../../test/support/postgresInstallations.js'
import { WAYS, type Way } from '../ways.js'
import { RunningWay } from './RunningWay.js'

/** One Postgres for all ways, and every way's servers. They end with this program, even if it is killed. */
export class Servers {
  readonly ways: readonly RunningWay[]
  readonly #postgres: Postgres
  readonly #client: pg.Client

  static async start(ways: readonly Way[] = WAYS): Promise<Servers> {
    ensureMemcached()
    const postgres = await startPostgres({ installation: stockPostgresIfInstalled() })
    const client = new pg.Client(postgres.url())
    client.on('error', () => {}) // Ctrl-C ends Postgres too, perhaps before this connection
    await client.connect()
    await client.query('create extension if not exists pg_stat_statements')
    const running: RunningWay[] = []
    // One after the other: on two cores they would only slow each other down.
    for (const way of ways) running.push(await RunningWay.start(way, postgres.url()))
    return new Servers(postgres, client, running)
  }

  private constructor(postgres: Postgres, client: pg.Client, ways: readonly RunningWay[]) {
    this.#postgres = postgres
    this.#client = client
    this.ways = ways
  }

  describePostgres(): Promise<string> {
    return this.#postgres.describe()
  }

  /** How many queries each database has received so far, by its name. */
  async queries(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#client.query<{ name: string; calls: string }>(
      `select datname as name, sum(calls) as calls
       from pg_stat_statements join pg_database on oid = dbid group by datname`,
    )
    return new Map(rows.map(({ name, calls }) => [name, Number(calls)]))
  }

  async stop(): Promise<void> {
    await Promise.all(this.ways.map((way) => way.stop()))
    await this.#client.end()
    await this.#postgres.stop()
  }
}
