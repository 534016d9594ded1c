import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import request, { type Test } from 'supertest'
import { createApp } from '../../src/app.js'
import { parseConfig } from '../../src/config.js'
import { NotConnectedYet } from '../../src/db/errors.js'
import { createHttpServer } from '../../src/http/httpServer.js'
import type { Item } from '../../src/queue/Queue.js'
import { createServices, type Services } from '../../src/services.js'
import { createMigratedDatabase, query } from './database.js'
import { startMemcached } from './memcached.js'
import { until } from './poll.js'
import { silentLog } from './silentLog.js'

/** What `GET /` answers in JSON. */
export interface QueueJson {
  readonly version: number
  readonly length: number
  readonly items: readonly Item[]
  readonly next: string | null
  readonly current: boolean
}

/** What a write answers in JSON. */
export interface ChangeJson {
  readonly item: Item | null
  readonly version: number
  readonly length: number
}

type Environment = Readonly<Record<string, string>>
type Headers = Readonly<Record<string, string>>

const JSON_TYPE = 'application/json'

/** Starts the app, and waits until Postgres has let it in or is known to be away: until then it answers 503. */
export async function startTestApp(environment: Environment = {}): Promise<TestApp> {
  const app = await startUnconnectedApp(environment)
  await until('Postgres has let the app in, or is away', () => app.knowsPostgres())
  return app
}

/**
 * Starts the app, configured by environment variables. Without `DATABASE_URL` it gets a migrated database of its own,
 * without `MEMCACHIER_SERVERS` a memcached of its own; if that variable is empty it has no memcached. By default there
 * is no write limit, and any `Host` is taken.
 */
export async function startUnconnectedApp(environment: Environment = {}): Promise<TestApp> {
  const database = environment.DATABASE_URL === undefined ? await createMigratedDatabase() : undefined
  const memcached = environment.MEMCACHIER_SERVERS === undefined ? await startMemcached() : undefined
  const given = {
    WRITE_LIMIT_PER_MINUTE: '0',
    HOST: '127.0.0.1', // so that any name is taken as `Host`
    ...(database && { DATABASE_URL: database.url }),
    ...(memcached && { MEMCACHIER_SERVERS: memcached.address }),
    ...environment,
  }
  const config = parseConfig(given)
  const services = await createServices(config, silentLog)
  const server = createHttpServer(createApp({ ...services, config, log: silentLog }), config)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return new TestApp(given, { server, services }, async () => {
    await memcached?.kill()
    await database?.drop()
  })
}

/** The app behind a real socket, with the requests that many tests make. */
export class TestApp {
  /** What it was configured with; another app with the same shares its database and its cache. */
  readonly environment: Environment
  readonly services: Services
  readonly #server: Server
  readonly #removeServers: () => Promise<void>

  constructor(
    environment: Environment,
    running: { server: Server; services: Services },
    removeServers: () => Promise<void>,
  ) {
    this.environment = environment
    this.#server = running.server
    this.services = running.services
    this.#removeServers = removeServers
  }

  /** Where it listens, on 127.0.0.1. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Its address, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  request(method: string, path: string, headers: Headers = {}): Test {
    const send = Reflect.get(request(this.#server), method.toLowerCase()) as (path: string) => Test
    return send(path).set(headers)
  }

  get(path: string, headers: Headers = {}): Test {
    return this.request('GET', path, headers)
  }

  /** A form as a browser sends it: the body is percent-encoded already. */
  postForm(path: string, body: string, headers: Headers = {}): Test {
    return this.request('POST', path, headers).type('application/x-www-form-urlencoded').send(body)
  }

  /** A JSON body; asks for JSON back. */
  postJson(path: string, body: string, headers: Headers = {}): Test {
    return this.request('POST', path, { Accept: JSON_TYPE, ...headers })
      .type(JSON_TYPE)
      .send(body)
  }

  /** The bytes of the body as given, with no header of its own. */
  postBytes(path: string, bytes: Buffer, headers: Headers = {}): Test {
    return this.request('POST', path, { Accept: JSON_TYPE, ...headers })
      .serialize((body) => body)
      .send(bytes)
  }

  /** Whether its first attempt to connect to Postgres has ended. */
  async knowsPostgres(): Promise<boolean> {
    return await this.services.database.read('select 1', [], 'check').then(
      () => true,
      (error: unknown) => !(error instanceof NotConnectedYet),
    )
  }

  async queue(path = '/'): Promise<QueueJson> {
    return (await this.get(path, { Accept: JSON_TYPE }).expect(200)).body
  }

  async html(path = '/'): Promise<string> {
    return (await this.get(path, { Accept: 'text/html' }).expect(200)).text
  }

  async add(text: string): Promise<ChangeJson & { readonly item: Item }> {
    return (await this.postJson('/add', JSON.stringify({ text })).expect(201)).body
  }

  async remove(): Promise<ChangeJson> {
    return (await this.request('POST', '/remove', { Accept: JSON_TYPE }).expect(200)).body
  }

  /** Takes everything off the queue. */
  async empty(): Promise<void> {
    while ((await this.services.queue.write({ remove: 'oldest' })).item !== null);
  }

  /** Queries the database directly, past the app and its cache. */
  sql(text: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    return query(this.environment.DATABASE_URL, text, values)
  }

  async close(): Promise<void> {
    this.services.watcher.close()
    this.#server.close()
    await this.services.close()
    await this.#removeServers()
  }
}
