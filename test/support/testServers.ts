import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { MIGRATED_TEMPLATE, POSTGRES_URL_VARIABLE } from './database.js'
import { ensureMemcached } from './ensureMemcached.js'
import { type Postgres, startPostgres } from './postgres.js'
import { procfileCommand, runCommand } from './webProcess.js'

let starting: Promise<Postgres> | undefined

// A test run's databases need not survive a crash of the machine.
const SETTINGS = { fsync: 'off' }

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
  const [postgres] = await Promise.all([startPostgres({ settings: SETTINGS }), build()])
  await createTemplate(postgres)
  console.error(`The tests run on ${await postgres.describe()}`)
  return postgres
}

async function createTemplate(postgres: Postgres): Promise<void> {
  const client = new pg.Client(postgres.url())
  await client.connect()
  await client.query(`create database ${MIGRATED_TEMPLATE}`)
  await client.end()
  const { code, stderr } = await runCommand(procfileCommand('release'), {
    DATABASE_URL: postgres.url(MIGRATED_TEMPLATE),
  })
  if (code !== 0) throw new Error(`The template database could not be migrated\n${stderr}`)
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
