import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createApp } from './app.js'
import { runWorkers } from './cluster.js'
import { type Config, InvalidConfig, readConfig } from './config.js'
import { DirectoryInUse } from './db/directoryLock.js'
import { DatabaseUnavailable } from './db/errors.js'
import { createHttpServer } from './httpServer.js'
import { createLog, type Logger } from './log.js'
import { createServices, type Services } from './services.js'
import { shutDownOn } from './shutdown.js'

const MIGRATE_AGAIN_MS = 1_000

/** One web process, or the one that starts several. With `--migrate` (`npm start`) it migrates the database too; `release:` does that on Heroku. */
async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config)
  if (config.webConcurrency > 1 && cluster.isPrimary) await runWorkers(config.webConcurrency, log)
  const services = await createServices(config, log)
  if (!config.postgres || process.argv.includes('--migrate')) await migrate(services, log)
  let isLeaving = false
  const findObstacle = async () =>
    isLeaving ? 'The process is shutting down.' : await services.findObstacle()
  const server = createHttpServer(createApp({ ...services, findObstacle, config, log }))
  await listen(server, config)
  const onBegin = () => {
    isLeaving = true
  }
  shutDownOn(['SIGTERM', 'SIGINT'], { server, services, onBegin, log })
  log.info(`The queue is open: http://localhost:${(server.address() as AddressInfo).port}`)
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

async function listen(server: Server, { port, host }: Config): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const fault =
      code === 'EADDRINUSE' ? 'another program listens there' : `that can't be listened on (${code})`
    const where = host === undefined ? `PORT is "${port}"` : `PORT is "${port}" and HOST "${host}"`
    throw new InvalidConfig(`Can't start: ${where}, but ${fault}; it should be a free one`)
  }
}

/** What the person who started us can mend is said in one line; the rest with its stack. */
function fail(error: unknown): never {
  const isTheirs = error instanceof InvalidConfig || error instanceof DirectoryInUse
  console.error(isTheirs ? error.message : error)
  process.exit(1)
}

main().catch(fail)
