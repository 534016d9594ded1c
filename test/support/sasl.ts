import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Memcached, startMemcached } from './memcached.js'

/** A memcached that asks for a user name and a password. */
export interface SaslMemcached {
  readonly memcached: Memcached
  setPassword(user: string, password: string): Promise<void>
  stop(): Promise<void>
}

/** Starts a memcached that knows no user yet. It needs Debian's sasl2-bin; .ci/run installs it. */
export async function startSaslMemcached(): Promise<SaslMemcached> {
  const folder = await mkdtemp(path.join(tmpdir(), 'queue-sasl-'))
  await chmod(folder, 0o755)
  const database = path.join(folder, 'sasldb')
  await writeFile(path.join(folder, 'memcached.conf'), `mech_list: plain\nsasldb_path: ${database}\n`)
  const memcached = await startMemcached({ args: ['-S'], env: { SASL_CONF_PATH: folder } })
  return {
    memcached,
    async setPassword(user, password) {
      execFileSync('saslpasswd2', ['-p', '-c', '-a', 'memcached', '-f', database, user], { input: password })
      await chmod(database, 0o644)
    },
    async stop() {
      await memcached.kill()
      await rm(folder, { recursive: true })
    },
  }
}
