import { withinDeadline } from './deadline.js'
import { type MemcacheAddress, MemcacheClient, type MemcacheCredentials } from './MemcacheClient.js'

/** What a memcache server says of itself. What it leaves unsaid, or says oddly, is undefined. */
export interface MemcacheFigures {
  readonly version: string | undefined
  readonly usedBytes: number | undefined
  readonly limitBytes: number | undefined
  readonly items: number | undefined
  readonly evictions: number | undefined
  readonly connections: number | undefined
  readonly uptimeSeconds: number | undefined
}

/** A server, and either its figures or why there are none. */
export type MemcacheServer = { readonly server: string } & (
  | { readonly figures: MemcacheFigures }
  | { readonly problem: string }
)

/** To connect, sign in and ask. */
const DEADLINE_MS = 500

/**
 * Asks each server for its own figures. Over connections of its own, so that what somebody wants to know can't cost
 * the clients that serve pages anything.
 */
export async function askMemcacheServers(
  servers: readonly MemcacheAddress[],
  credentials: MemcacheCredentials,
): Promise<MemcacheServer[]> {
  return await Promise.all(servers.map((address) => askServer(address, credentials)))
}

async function askServer(
  address: MemcacheAddress,
  credentials: MemcacheCredentials,
): Promise<MemcacheServer> {
  const server = `${address.host}:${address.port}`
  const client = new MemcacheClient([address], credentials, () => {})
  const onLate = () => new Error(`no answer within ${DEADLINE_MS} ms`)
  try {
    return { server, figures: parseFigures(await withinDeadline(DEADLINE_MS, client.serverStats(), onLate)) }
  } catch (error) {
    return { server, problem: error instanceof Error ? error.message : String(error) }
  } finally {
    client.destroy(new Error('asked and answered'))
  }
}

/** https://github.com/memcached/memcached/blob/master/doc/protocol.txt, "General-purpose statistics" */
function parseFigures(stats: ReadonlyMap<string, string>): MemcacheFigures {
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
