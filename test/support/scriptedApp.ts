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

export interface ScriptedApp {
  readonly url: string
  readonly port: number
}

const ends: (() => Promise<void>)[] = []

afterAll(async () => {
  for (const end of ends.splice(0)) await end()
})

/** The app on a real socket with a scripted queue, for tests of the routes alone. Runs until the test file ends. */
export async function startScriptedApp(
  queue: Partial<Queue> = {},
  parts: Partial<AppParts> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ScriptedApp> {
  const config = parseConfig({ HOST: '127.0.0.1', WRITE_LIMIT_PER_MINUTE: '0', ...environment })
  const whole = { ...QUEUE, ...queue }
  const watcher = new QueueWatcher(() => whole.front())
  const server: Server = createHttpServer(
    createApp({
      queue: whole,
      events: new EventStreams(watcher),
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
  ends.push(async () => {
    watcher.close()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { port, url: `http://127.0.0.1:${port}` }
}
