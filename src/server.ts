import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.js'
import { readConfig } from './config.js'
import type { Database } from './db/Database.js'
import { DatabaseUnavailable } from './db/errors.js'
import { createHttpServer } from './http/httpServer.js'
import { runWorkers } from './process/cluster.js'
import { checkDataDir } from './process/dataDir.js'
import { fail } from './process/fail.js'
import { checkAddress, listen, localUrl } from './process/listening.js'
import { createLog, type Logger } from './process/log.js'
import { shutDownOn } from './process/shutdown.js'
import { createServices } from './services.js'

const MIGRATE_RETRY_MS = 1_000

/**
 * Starts one web process, or with `WEB_CONCURRENCY` the primary of several. With `--migrate` (`npm start`) it migrates
 * the database first; on Heroku `release:` does that.
 */
async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config)
  // Once for all workers, and before the database is opened.
  if (cluster.isPrimary) await checkAddress(config)
  await checkDataDir(config)
  if (config.webConcurrency > 1 && cluster.isPrimary) await runWorkers(config.webConcurrency, log)
  const services = await createServices(config, log)
  if (!config.postgres || process.argv.includes('--migrate')) await migrate(services.database, log)
  let isLeaving = false
  const findObstacle = async () =>
    isLeaving ? 'The process is shutting down.' : await services.findObstacle()
  const server = createHttpServer(createApp({ ...services, findObstacle, config, log }), config)
  await listen(server, config)
  const onBegin = () => {
    isLeaving = true
  }
  shutDownOn(['SIGTERM', 'SIGINT'], { server, services, onBegin, log })
  log.info(`The queue is open: ${localUrl(server)}`)
}

/** If Postgres is down, tries again every second while the app already runs. A migration that fails ends the program. */
async function migrate(database: Database, log: Logger): Promise<void> {
  try {
    await database.migrate()
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
    log.warn({ reason: error.message }, 'not migrated yet, trying again every second')
    delay(MIGRATE_RETRY_MS)
      .then(() => migrate(database, log))
      .catch(fail)
  }
}

main().catch(fail)
