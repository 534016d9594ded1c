import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type CommandResult,
  type Environment,
  PROJECT_FOLDER,
  procfileCommand,
  runCommand,
  startWeb,
  type WebProcess,
} from '../support/webProcess.js'

// What Heroku's buildpack does with a Node.js app; the Dockerfile does the same.
const BUILD_STEPS = ['npm ci --include=dev --no-audit --no-fund', 'npm run build', 'npm prune --omit=dev']

/** An app as Heroku keeps it between build and start: its folder, and the Node that it was built with. */
export class Slug {
  readonly folder: string
  readonly #path: string

  /** Builds what is committed, from a fresh clone, with a major version of Node. */
  static async build(nodeMajor: number): Promise<Slug> {
    const folder = await mkdtemp(path.join(tmpdir(), 'queue-slug-'))
    execFileSync('git', ['clone', '--quiet', PROJECT_FOLDER, folder], { stdio: 'pipe' })
    const slug = new Slug(folder, `${nodeFolder(nodeMajor)}${path.delimiter}${process.env.PATH}`)
    for (const step of BUILD_STEPS) await slug.#build(step)
    return slug
  }

  private constructor(folder: string, path: string) {
    this.folder = folder
    this.#path = path
  }

  /** Another release: this one with one more migration. */
  async withMigration(name: string, sql: string): Promise<Slug> {
    const folder = await mkdtemp(path.join(tmpdir(), 'queue-slug-'))
    await cp(this.folder, folder, { recursive: true, verbatimSymlinks: true })
    await writeFile(path.join(folder, 'migrations', name), sql)
    return new Slug(folder, this.#path)
  }

  run(command: string, env: Environment = {}): Promise<CommandResult> {
    return runCommand(command, { PATH: this.#path, ...env }, this.folder)
  }

  release(env: Environment): Promise<CommandResult> {
    return this.run(procfileCommand('release'), env)
  }

  startWeb(env: Environment): Promise<WebProcess> {
    return startWeb({ PATH: this.#path, ...env }, 'web', this.folder)
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true })
  }

  async #build(step: string): Promise<void> {
    const { code, stdout, stderr } = await this.run(step, { ...buildEnvironment(), PATH: this.#path })
    if (code !== 0) throw new Error(`${step} failed\n${stdout}\n${stderr}`)
  }
}

/** A build may need what this machine needs to reach a registry; but nothing of the npm that runs these tests. */
function buildEnvironment(): Environment {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))
  return { ...(Object.fromEntries(ours) as Environment), NODE_ENV: 'production' }
}

/** Where npm has put the newest Node of a major version; it fetches that once. */
function nodeFolder(major: number): string {
  const print = ['-e', 'console.log(process.execPath)']
  const executable = execFileSync('npx', ['-y', `node@${major}`, ...print], {
    encoding: 'utf8',
    cwd: tmpdir(),
  })
  return path.dirname(executable.trim())
}
