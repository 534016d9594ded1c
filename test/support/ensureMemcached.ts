import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Makes sure that there is a memcached. If there is none on the PATH, root gets one installed with apt-get.
 * Other users get an error of one line that says what to type.
 */
export function ensureMemcached(): void {
  if (onPath('memcached')) return
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(advice())
  console.error('The tests need memcached: installing it with apt-get')
  aptGet('update')
  aptGet('install', '-y', '--no-install-recommends', 'memcached')
  if (!onPath('memcached')) throw new Error(advice())
}

function onPath(program: string): boolean {
  const { PATH = '' } = process.env
  return PATH.split(delimiter).some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function aptGet(...args: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], { env, stdio: 'pipe' })
  } catch (error) {
    throw new Error(`${advice()} (apt-get ${args[0]} failed: ${lastLine(error)})`, { cause: error })
  }
}

function lastLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return stderr.trim().split('\n').at(-1) ?? ''
}

function advice(): string {
  const command = process.platform === 'darwin' ? 'brew install memcached' : 'sudo apt-get install memcached'
  return `The tests need memcached, and it is not on the PATH: install it with "${command}"`
}
