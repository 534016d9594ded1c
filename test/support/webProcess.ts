import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './freePort.js'
import { type Exit, RunningProcess } from './RunningProcess.js'

export type Environment = Readonly<Record<string, string>>

export interface CommandResult extends Exit {
  readonly stdout: string
  readonly stderr: string
}

export const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url))
const HEALTH_DEADLINE_MS = 1000

/** Starts the command of an entry of the Procfile, as Heroku would, and waits until it answers. */
export async function startWeb(
  env: Environment,
  procfileEntry = 'web',
  folder = PROJECT_FOLDER,
): Promise<WebProcess> {
  return await startWebCommand(procfileCommand(procfileEntry), env, folder)
}

/** Starts a web process with a command of one's own, and waits until it answers. */
export async function startWebCommand(
  command: string,
  env: Environment,
  folder = PROJECT_FOLDER,
): Promise<WebProcess> {
  const { PORT = String(await freePort()) } = env
  const process = await startCommand(command, { ...env, PORT }, folder)
  const web = asWebProcess(process, `http://127.0.0.1:${PORT}`)
  await web.ready(() => web.isHealthy())
  return web
}

/** Runs a command to its end, with the same clean environment as a web process. */
export async function runCommand(
  command: string,
  env: Environment,
  folder = PROJECT_FOLDER,
): Promise<CommandResult> {
  const process = await startCommand(command, env, folder)
  const exit = await process.exited
  return { ...exit, stdout: process.stdout.join('\n'), stderr: process.stderr.join('\n') }
}

/** The command of an entry of the Procfile. */
export function procfileCommand(entry: string): string {
  const lines = readFileSync(join(PROJECT_FOLDER, 'Procfile'), 'utf8').split('\n')
  const line = lines.find((line) => line.startsWith(`${entry}:`))
  if (!line) throw new Error(`The Procfile has no entry "${entry}"`)
  return line.slice(entry.length + 1).trim()
}

/** A process that answers at an address. */
export type WebProcess = RunningProcess & {
  /** Its address, without a slash at the end. */
  readonly url: string
  isHealthy(): Promise<boolean>
  /** Whether it can serve pages. */
  isReady(): Promise<boolean>
}

export function asWebProcess(process: RunningProcess, url: string): WebProcess {
  const isOk = async (path: string): Promise<boolean> => {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(HEALTH_DEADLINE_MS) })
    await response.arrayBuffer()
    return response.status === 200
  }
  return Object.assign(process, { url, isHealthy: () => isOk('/healthz'), isReady: () => isOk('/readyz') })
}

/** Starts a command in a clean environment. */
export function startCommand(
  command: string,
  env: Environment,
  folder = PROJECT_FOLDER,
): Promise<RunningProcess> {
  const { PATH, HOME } = process.env
  // With `exec` the program takes the shell's place, and signals reach it.
  return RunningProcess.start(`exec ${command}`, [], {
    shell: true,
    cwd: folder,
    env: {
      PATH,
      HOME,
      NODE_ENV: 'production',
      DOTENV_CONFIG_PATH: '/dev/null', // a developer's own `.env` must not reach what is tested
      WRITE_LIMIT_PER_MINUTE: '0', // nobody writes as fast as a test
      ...env,
    },
  })
}
