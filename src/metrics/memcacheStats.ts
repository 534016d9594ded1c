import memjs, { type Response } from 'memjs'
import { withinDeadline } from '../cache/deadline.js'
import { hostAndPort, type MemcacheAddress, type MemcacheCredentials } from '../cache/index.js'
import { MemcacheConnection } from '../cache/MemcacheConnection.js'
import { OPCODE, STATUS } from '../cache/memcacheProtocol.js'
import { reasonOf } from '../reasonOf.js'

/** A memcache server's statistics. Those that are missing or malformed are undefined. */
export type MemcacheStats = Readonly<ReturnType<typeof parseStats>>

/** A server, and either its statistics or why there are none. */
export type MemcacheServerStats = { readonly server: string } & (
  | { readonly stats: MemcacheStats }
  | { readonly problem: string }
)

/** To connect, sign in and ask. */
const DEADLINE_MS = 500

/** Asks each server for its statistics, over a new connection: the clients that serve pages are not disturbed. */
export async function askMemcacheServers(
  servers: readonly MemcacheAddress[],
  credentials: MemcacheCredentials,
): Promise<MemcacheServerStats[]> {
  return await Promise.all(servers.map((address) => askServer(address, credentials)))
}

async function askServer(
  address: MemcacheAddress,
  credentials: MemcacheCredentials,
): Promise<MemcacheServerStats> {
  const server = hostAndPort(address)
  const connection = new MemcacheConnection(address, credentials)
  const onLate = () => new Error(`no answer within ${DEADLINE_MS} ms`)
  try {
    return { server, stats: parseStats(await withinDeadline(DEADLINE_MS, statsOf(connection), onLate)) }
  } catch (error) {
    return { server, problem: reasonOf(error) }
  } finally {
    connection.destroy()
  }
}

/** By memcache's own names. Not by memjs's `stats`, which returns other numbers. */
function statsOf(connection: MemcacheConnection): Promise<ReadonlyMap<string, string>> {
  const sequence = 1
  const stats = new Map<string, string>()
  return new Promise((resolve, reject) => {
    // The server sends an answer for each statistic, then an empty one. For memjs, `quiet` means more will follow.
    const onAnswer = ({ header, key, val }: Response) => {
      if (header.status !== STATUS.ok) reject(new Error(`status 0x${header.status.toString(16)}`))
      else if (header.totalBodyLength === 0) resolve(stats)
      else stats.set(key.toString(), val.toString())
    }
    connection.onResponse(sequence, Object.assign(onAnswer, { quiet: true }))
    connection.onError(sequence, reject)
    connection.write(memjs.Utils.makeRequestBuffer(OPCODE.stat, '', '', '', sequence))
  })
}

/** https://github.com/memcached/memcached/blob/master/doc/protocol.txt, "General-purpose statistics" */
function parseStats(stats: ReadonlyMap<string, string>) {
  const number = (name: string) => {
    const value = stats.get(name) ?? ''
    return /^\d{1,15}$/.test(value) ? Number(value) : undefined
  }
  return {
    version: stats.get('version'),
    usedBytes: number('bytes'),
    limitBytes: number('limit_maxbytes'),
    items: number('curr_items'),
    evictions: number('evictions'),
    connections: number('curr_connections'),
    uptimeSeconds: number('uptime'),
  }
}
