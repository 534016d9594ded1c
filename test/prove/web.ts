import { FaultyProxy } from '../support/FaultyProxy.js'
import { freePort } from '../support/freePort.js'
import {
  asWebProcess,
  type Environment,
  procfileCommand,
  startCommand,
  type WebProcess,
} from '../support/webProcess.js'

/** Long, because the machine may be busy. */
const START_DEADLINE_MS = 60_000

interface WebOptions {
  readonly name: string
  readonly postgresPort: number
  readonly memcachedPort: number
  /** The `DATABASE_URL`, through the port of a proxy. */
  databaseUrl(port: number): string
}

/** A web process, which can be ended and started again, with its own way to Postgres and to memcached. */
export class Web {
  readonly #options: WebOptions
  readonly postgres: FaultyProxy
  readonly memcached: FaultyProxy
  /** Whether its visitors write, or only look. */
  visitorsWrite = true
  #folder = ''
  #env: Environment = {}
  #process: WebProcess | undefined
  #starts = 0
  #linesRead = 0
  #isPaused = false
  #isRunning = false

  static async prepare(options: WebOptions): Promise<Web> {
    const [postgres, memcached] = await Promise.all([
      FaultyProxy.start(options.postgresPort),
      FaultyProxy.start(options.memcachedPort),
    ])
    return new Web(options, postgres, memcached)
  }

  private constructor(options: WebOptions, postgres: FaultyProxy, memcached: FaultyProxy) {
    this.#options = options
    this.postgres = postgres
    this.memcached = memcached
  }

  /** Another one after each start: a new process remembers nothing. */
  get name(): string {
    return `${this.#options.name}.${this.#starts}`
  }

  get url(): string {
    if (!this.#process) throw new Error(`${this.#options.name} was never started`)
    return this.#process.url
  }

  /** Whether it can be expected to answer. */
  get isRunning(): boolean {
    return this.#isRunning && !this.#isPaused
  }

  /** Starts it by the Procfile's command: from this folder and with these settings, or those of the start before. */
  async start(folder = this.#folder, env = this.#env): Promise<void> {
    this.#folder = folder
    this.#env = env
    const port = await freePort()
    const all = { ...this.#addresses(), ...env, PORT: String(port) }
    const running = await startCommand(procfileCommand('web'), all, folder)
    const web = asWebProcess(running, `http://127.0.0.1:${port}`)
    await web.ready(() => web.isReady(), START_DEADLINE_MS)
    this.#process = web
    this.#starts++
    this.#linesRead = 0
    this.#isRunning = true
  }

  /** What it has logged since this was last asked. */
  newLines(): string[] {
    const lines = this.#process?.lines ?? []
    const newLines = lines.slice(this.#linesRead)
    this.#linesRead = lines.length
    return newLines
  }

  async kill(): Promise<void> {
    this.#isRunning = false
    await this.#process?.kill()
  }

  pause(): void {
    this.#isPaused = true
    this.#process?.pause()
  }

  resume(): void {
    this.#process?.resume()
    this.#isPaused = false
  }

  /** Whatever was done to it and its connections is undone. */
  async heal(): Promise<void> {
    this.resume()
    this.visitorsWrite = true
    await Promise.all([this.postgres, this.memcached].map((proxy) => proxy.heal()))
    if (!this.#isRunning && this.#starts > 0) await this.start()
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    this.#isRunning = false
    const exit = await this.#process?.stop()
    if (exit && exit.code !== 0 && exit.signal !== 'SIGKILL') {
      throw new Error(`${this.name} ended with ${JSON.stringify(exit)}\n${this.newLines().join('\n')}`)
    }
  }

  async closeProxies(): Promise<void> {
    await Promise.all([this.postgres.close(), this.memcached.close()])
  }

  #addresses(): Environment {
    return {
      DATABASE_URL: this.#options.databaseUrl(this.postgres.port),
      MEMCACHIER_SERVERS: this.memcached.address,
    }
  }
}
