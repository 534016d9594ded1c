import type { Config } from './config.js'
import type { Database } from './db/Database.js'
import { PostgresDatabase } from './db/postgres/PostgresDatabase.js'
import { readersOfEach } from './db/postgres/poolSizes.js'
import type { Logger } from './process/log.js'

/** The database that the configuration names. Does not wait for Postgres. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (!config.postgres) {
    // Loaded on demand, because a Postgres in WebAssembly takes memory, and time at the start.
    const { EmbeddedDatabase } = await import('./db/embedded/EmbeddedDatabase.js')
    return await EmbeddedDatabase.open(config.dataDir)
  }
  return new PostgresDatabase({
    address: config.postgres,
    readers: readersOfEach(config.webConcurrency),
    onIdleLoss: (reason) => log.debug({ reason }, 'an idle connection to Postgres broke'),
  })
}
