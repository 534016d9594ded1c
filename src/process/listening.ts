import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer, isIPv6, type Server as NetServer } from 'node:net'
import { type Config, InvalidConfig } from '../config.js'

type Address = Pick<Config, 'port' | 'host'>

/** What is wrong with PORT, by the system's error code. */
const PORT_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; it should be a free one',
  EACCES: 'this user may not listen there; it should be 1024 or more',
}

/**
 * Checks that the address can be listened on, before anything else is started, and frees it again. If another program
 * takes it meanwhile, `listen` says so.
 * @throws InvalidConfig
 */
export async function checkAddress(address: Address): Promise<void> {
  const server = createServer()
  await listen(server, address)
  server.close()
  await once(server, 'close')
}

/** @throws InvalidConfig if the address can't be listened on */
export async function listen(server: NetServer, { port, host }: Address): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    const portFault = PORT_FAULTS[code]
    const onHost = host === undefined ? '' : ` (HOST is ${JSON.stringify(host)})`
    throw new InvalidConfig(
      portFault
        ? `Can't start: PORT is "${port}"${onHost}, but ${portFault}`
        : `Can't start: HOST is ${JSON.stringify(host ?? '')}, but ${hostFault(code)}`,
      { cause: error },
    )
  }
}

function hostFault(code: string): string {
  return `it can't be listened on (${code}); it should be an address of this machine, 127.0.0.1 or :: for example`
}

/** The URL at which a browser on this machine finds the server. */
export function localUrl(server: Server): string {
  const { address, port } = server.address() as AddressInfo
  return `http://${localName(address)}:${port}`
}

function localName(address: string): string {
  if (address === '::') return 'localhost' // all interfaces, IPv4 included
  if (address === '0.0.0.0') return '127.0.0.1' // localhost may resolve to ::1
  return isIPv6(address) ? `[${address.replace('%', '%25')}]` : address
}
