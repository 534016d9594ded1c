import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.js'
import { runWorkers } from './cluster.js'
import { readConfig } from './config.js'
import { checkDataDir } from './dataDir.js'
import { DatabaseUnavailable } from './db/errors.js'
import { fail } from './fail.js'
import { createHttpServer } from './httpServer.js'
import { checkAddress, listen, localUrl } from './listening.js'
import { createLog, type Logger } from './log.js'
import { createServices, type Services } from './services.js'
import { shutDownOn } from './shutdown.js'

const MIGRATE_AGAIN_MS = 1_000

/** One web process, or the one that starts several. With `--migrate` (`npm start`) it migrates the database too; `release:` does that on Heroku. */
async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config)
  // Before the database is opened, and once for all workers.
  if (cluster.isPrimary) await checkAddress(config)
  await checkDataDir(config)
  if (config.webConcurrency > 1 && cluster.isPrimary) await runWorkers(config.webConcurrency, log)
  const services = await createServices(config, log)
  if (!config.postgres || process.argv.includes('--migrate')) await migrate(services, log)
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

/** Where Postgres is away the start goes on, and so does the waiting; a migration that fails stops it. */
async function migrate({ database }: Services, log: Logger): Promise<void> {
  try {
    await database.migrate()
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error
    log.warn({ reason: error.message }, 'not migrated yet')
    delay(MIGRATE_AGAIN_MS)
      .then(() => migrate({ database } as Services, log))
      .catch(fail)
  }
}

main().catch(fail)
