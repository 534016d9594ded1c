import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { freePort } from './freePort.js'
import { type Exit, RunningProcess } from './RunningProcess.js'

interface MemcachedOptions {
  /** Further arguments of the command line, `['-m', '8']` for example. */
  readonly args?: readonly string[]
  /** Further environment, `SASL_CONF_PATH` for example. */
  readonly env?: Readonly<Record<string, string>>
}

const ANSWER_DEADLINE_MS = 5000

/** Starts a memcached that is empty and belongs to the test. */
export async function startMemcached(options: MemcachedOptions = {}): Promise<Memcached> {
  const memcached = new Memcached(await freePort(), options)
  await memcached.start()
  return memcached
}

export class Memcached {
  readonly port: number
  readonly #options: MemcachedOptions
  #process: RunningProcess | undefined

  constructor(port: number, options: MemcachedOptions) {
    this.port = port
    this.#options = options
  }

  /** As `MEMCACHIER_SERVERS` wants it. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#running().pid
  }

  /** Starts it, or starts it again, empty, on the same port. */
  async start(): Promise<void> {
    // Without `-u` it refuses to run as root; for anybody else `-u` means nothing.
    const args = ['-u', 'root', '-l', '127.0.0.1', '-p', String(this.port), ...(this.#options.args ?? [])]
    const { PATH } = process.env
    this.#process = await RunningProcess.start('memcached', args, { env: { PATH, ...this.#options.env } })
    await this.#process.ready(() => accepts(this.port))
  }

  /** Leaves it empty and running, after a test that may have killed or paused it. */
  async reset(): Promise<void> {
    if (this.#running().hasExited) return await this.start()
    this.resume()
    await this.command('flush_all')
  }

  /** Ends it with `kill -9`: SIGTERM takes it up to a second, and it has nothing to save. */
  kill(): Promise<Exit> {
    return this.#running().kill()
  }

  /** Freezes it: connections stay open, new ones are made, and nothing answers. */
  pause(): void {
    this.#running().pause()
  }

  resume(): void {
    this.#running().resume()
  }

  /** Sends one line of the text protocol and returns the answer. A server with SASL (`-S`) knows no text. */
  async command(line: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    socket.setTimeout(ANSWER_DEADLINE_MS, () =>
      socket.destroy(new Error(`memcached did not answer "${line}"`)),
    )
    // It closes the connection after `quit`, so the answer is complete then.
    socket.write(`${line}\r\nquit\r\n`)
    return text(socket)
  }

  /** The statistics of `stats`, by name: `curr_connections`, `get_hits`, `curr_items` and so on. */
  async stats(): Promise<Record<string, number>> {
    const answer = await this.command('stats')
    const statistics = [...answer.matchAll(/^STAT (\S+) (\S+)\r$/gm)]
    return Object.fromEntries(statistics.map(([, name, value]) => [name, Number(value)]))
  }

  #running(): RunningProcess {
    if (!this.#process) throw new Error('memcached was never started')
    return this.#process
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
