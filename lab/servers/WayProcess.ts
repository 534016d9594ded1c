import { FaultyProxy } from '../../test/support/FaultyProxy.js'
import { freePort } from '../../test/support/freePort.js'
import {
  type Environment,
  startWeb,
  startWebCommand,
  type WebProcess,
} from '../../test/support/webProcess.js'
import type { Way } from '../ways.js'

const RUN_TYPESCRIPT = 'node --enable-source-maps --import ./test/support/typescript.js'

/** One of a way's two web processes, with a proxy in front of memcached. It can be killed, frozen and started again. */
export class WayProcess {
  readonly name: 'A' | 'B'
  /** The proxy to memcached, which can inject faults. */
  readonly memcached: FaultyProxy
  readonly #way: Way
  readonly #env: Environment
  #web: WebProcess | undefined
  #isFrozen = false

  /** Starts the process and its proxy, and waits until it answers. */
  static async start(
    way: Way,
    name: 'A' | 'B',
    env: Environment,
    memcachedPort: number,
  ): Promise<WayProcess> {
    const proxy = await FaultyProxy.start(memcachedPort)
    const own = {
      ...env,
      PORT: String(await freePort()),
      MEMCACHIER_SERVERS: proxy.address,
      WAY_PROCESS: name,
    }
    const process = new WayProcess(way, name, own, proxy)
    await process.restart()
    return process
  }

  private constructor(way: Way, name: 'A' | 'B', env: Environment, memcached: FaultyProxy) {
    this.name = name
    this.memcached = memcached
    this.#way = way
    this.#env = env
  }

  get url(): string {
    if (!this.#web) throw new Error(`${this.#way.name} ${this.name} was never started`)
    return this.#web.url
  }

  /** Starts it on its port with these additional settings. If it runs, it is restarted. */
  async restart(env: Environment = {}): Promise<void> {
    await this.#web?.kill()
    const all = { ...this.#env, ...env }
    if (this.#way.id === 'app') this.#web = await startWeb(all)
    else this.#web = await startWebCommand(`${RUN_TYPESCRIPT} lab/ways/${this.#way.id}.ts`, all)
    this.#isFrozen = false
  }

  /** `kill -9`, at once. */
  kill(): void {
    this.#web?.signal('SIGKILL')
  }

  freeze(): void {
    this.#web?.signal('SIGSTOP')
    this.#isFrozen = true
  }

  thaw(): void {
    if (this.#isFrozen) this.#web?.signal('SIGCONT')
    this.#isFrozen = false
  }

  async stop(): Promise<void> {
    this.thaw()
    await this.#web?.kill()
    await this.memcached.close()
  }
}
