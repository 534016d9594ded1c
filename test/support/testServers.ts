import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { POSTGRES_URL_VARIABLE } from './database.js'
import { ensureMemcached } from './ensureMemcached.js'
import { type Postgres, startPostgres } from './postgres.js'

let starting: Promise<Postgres> | undefined

/** Sets up what all tests share, once however often it is called: a build, a memcached to start, a Postgres. */
export async function startTestServers(): Promise<void> {
  starting ??= start()
  // The workers in which Jest runs the tests inherit the environment.
  process.env[POSTGRES_URL_VARIABLE] = (await starting).url()
}

export async function stopTestServers(): Promise<void> {
  const postgres = await starting
  starting = undefined
  await postgres?.stop()
}

async function start(): Promise<Postgres> {
  ensureMemcached()
  await build()
  const postgres = await startPostgres()
  console.error(`The tests run on ${await postgres.describe()}`)
  return postgres
}

/** Some tests start the program as it is deployed, from `dist/`. */
async function build(): Promise<void> {
  try {
    await promisify(execFile)('npm', ['run', '--silent', 'build'])
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(`npm run build failed\n${output}`, { cause: error })
  }
}
