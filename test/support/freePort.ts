import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that Linux and macOS give to outgoing connections. A server that goes away for a while would
// else find its port taken by somebody's client, and a client that keeps connecting could reach itself.
const FIRST_PORT = 20_000
const PORTS = 2_000
// Each of Jest's workers has ports of its own, and uses one after the other: a server that goes away for a while finds
// its port free when it comes back.
const ownPorts = FIRST_PORT + PORTS * (Number(process.env.JEST_WORKER_ID ?? 0) % 6)
let next = randomInt(PORTS)

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const port = ownPorts + (next++ % PORTS)
  return (await isFree(port)) ? port : freePort()
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port), 'listening')
    return true
  } catch {
    return false // taken: the caller tries another one
  } finally {
    server.close()
  }
}
