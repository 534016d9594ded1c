import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MemoryStore } from 'express-rate-limit'
import { type AppParts, createApp } from '../../src/app.js'
import { parseConfig } from '../../src/config.js'
import { createHttpServer } from '../../src/http/httpServer.js'
import { EventStreams } from '../../src/pages/EventStreams.js'
import type { PageLoad, Queue } from '../../src/queue/Queue.js'
import { QueueWatcher } from '../../src/queue/QueueWatcher.js'
import { silentLog } from './silentLog.js'

type Environment = Readonly<Record<string, string>>

export const EMPTY: PageLoad = {
  snapshot: { version: 1, length: 0, items: [], next: null, origin: 'scripted' },
  current: true,
}

const QUEUE: Queue = {
  front: () => Promise.resolve(EMPTY),
  after: () => Promise.resolve(EMPTY),
  lastPageAfter: () => Promise.resolve(null),
  write: (write) =>
    Promise.resolve(
      'add' in write
        ? { item: { id: 1, text: write.add }, version: 2, length: 1, front: EMPTY.snapshot }
        : { item: null, version: 1, length: 0, front: EMPTY.snapshot },
    ),
}

/** The app on a real socket with a scripted queue, for tests of the routes alone. */
export async function startScriptedApp(
  queue: Partial<Queue> = {},
  parts: Partial<AppParts> = {},
  environment: Environment = {},
): Promise<{ readonly url: string; readonly port: number; close(): Promise<void> }> {
  const config = parseConfig({ HOST: '127.0.0.1', WRITE_LIMIT_PER_MINUTE: '0', ...environment })
  const whole = { ...QUEUE, ...queue }
  const watcher = new QueueWatcher(() => whole.front())
  const server: Server = createHttpServer(
    createApp({
      queue: whole,
      events: new EventStreams(watcher, 'abc'),
      findObstacle: () => Promise.resolve(undefined),
      rateLimitStore: new MemoryStore(),
      requests: { onRequest() {} },
      status: () => Promise.reject(new Error('not asked for')),
      metrics: () => Promise.resolve('metrics 1\n'),
      config,
      log: silentLog,
      ...parts,
    }),
    config,
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...{ port, url: `http://127.0.0.1:${port}` },
    async close() {
      watcher.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
