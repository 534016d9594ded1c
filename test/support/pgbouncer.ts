import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './freePort.js'
import { answers } from './postgres.js'
import { userNobody } from './postgresBinaries.js'
import { RunningProcess } from './RunningProcess.js'

export interface PgBouncer {
  /** A `DATABASE_URL`, through the pooler. */
  readonly url: string
  stop(): Promise<void>
}

/** Starts a PgBouncer (Debian's; .ci/run installs it) in transaction mode. The settings are those of `pgbouncer.ini`. */
export async function startPgBouncer(
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl)
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'queue-pgbouncer-'))
  await chmod(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
server_round_robin = 1
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}`)
  .join('\n')}
`,
  )
  // Like Postgres it refuses to run as root.
  const owner = process.getuid?.() === 0 ? userNobody() : {}
  const bouncer = await RunningProcess.start('/usr/sbin/pgbouncer', [file], {
    env: {},
    cwd: folder,
    ...owner,
  })
  const url = `postgres://visitor@127.0.0.1:${port}${pathname}`
  await bouncer.ready(() => answers(url))
  return {
    url,
    async stop() {
      await bouncer.stop('SIGINT')
      await rm(folder, { recursive: true })
    },
  }
}
