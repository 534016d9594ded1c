import { readFile } from 'node:fs/promises'
import { createDatabase } from '../../test/support/database.js'
import { freePort } from '../../test/support/freePort.js'
import { Memcached } from '../../test/support/memcached.js'
import { type Environment, procfileCommand, runCommand } from '../../test/support/webProcess.js'
import { Recorder } from '../record/Recorder.js'
import type { Way } from '../ways.js'
import { WayProcess } from './WayProcess.js'

const SCHEMA = new URL('../ways/parts/schema.sql', import.meta.url)
/** The lab's visitors write more than the limit allows, and logs that nobody reads only take time. */
const FOR_THE_LAB: Environment = { LOG_LEVEL: 'warn', WRITE_LIMIT_PER_MINUTE: '0' }

/** A way with its servers: its own database, its own memcached, and two web processes. */
export class RunningWay {
  readonly way: Way
  readonly databaseName: string
  readonly recorder: Recorder
  readonly a: WayProcess
  readonly b: WayProcess
  readonly memcached: Memcached
  #slowQueryMs = 0

  /** Starts everything. The database is created on the server at this URL. */
  static async start(way: Way, postgresUrl: string): Promise<RunningWay> {
    const { name, url, execute } = await createDatabase(postgresUrl)
    if (way.id === 'app') await release(url)
    else await execute(await readFile(SCHEMA, 'utf8'))
    const [recorder, memcached] = await Promise.all([Recorder.start(), startMemcached()])
    const env = { ...FOR_THE_LAB, DATABASE_URL: url, RECORDER_PORT: String(recorder.port) }
    const [a, b] = await Promise.all([
      WayProcess.start(way, 'A', env, memcached.port),
      WayProcess.start(way, 'B', env, memcached.port),
    ])
    return new RunningWay({ way, databaseName: name, recorder, memcached, a, b })
  }

  private constructor(
    parts: Pick<RunningWay, 'way' | 'databaseName' | 'recorder' | 'memcached' | 'a' | 'b'>,
  ) {
    this.way = parts.way
    this.databaseName = parts.databaseName
    this.recorder = parts.recorder
    this.memcached = parts.memcached
    this.a = parts.a
    this.b = parts.b
  }

  /** Starts a process again if it doesn't run. */
  async restart(process: WayProcess): Promise<void> {
    await process.restart({ SLOW_QUERY_MS: String(this.#slowQueryMs) })
  }

  /** Makes the query for the page this slow. That restarts the processes one after the other, as a release does. */
  async setSlowQuery(slowQueryMs: number): Promise<void> {
    this.#slowQueryMs = slowQueryMs
    await this.restart(this.a)
    await this.restart(this.b)
  }

  async flush(): Promise<void> {
    await this.memcached.command('flush_all')
  }

  async stop(): Promise<void> {
    await Promise.all([this.a.stop(), this.b.stop()])
    this.memcached.resume()
    await this.memcached.kill()
    this.recorder.close()
  }
}

async function startMemcached(): Promise<Memcached> {
  const memcached = new Memcached(await freePort(), { args: ['-m', '8'] })
  await memcached.start()
  return memcached
}

async function release(url: string): Promise<void> {
  const { code, stderr } = await runCommand(procfileCommand('release'), { DATABASE_URL: url })
  if (code !== 0) throw new Error(`The release command failed:\n${stderr}`)
}
