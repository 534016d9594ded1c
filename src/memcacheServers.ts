import { isIPv4, isIPv6 } from 'node:net'
import type { MemcacheAddress } from './cache/index.js'

const DEFAULT_PORT = 11211
const SERVER = /^(?:\[([0-9a-fA-F:.]+)\]|([\p{L}\p{N}._-]+))(?::(\d{1,5}))?$/u
/** Looks like an IPv4 address; no host name does. */
const NUMBERS = /^[\d.]+$/

/**
 * Parses a list of `host[:port]`, separated by commas, or by semicolons or spaces as in other libraries.
 * @throws an error that says what the list should be
 */
export function parseMemcacheServers(list: string): MemcacheAddress[] {
  const servers = list.split(/[,;\s]+/).filter(Boolean)
  if (servers.length === 0) throw notAList('')
  return servers.map((server) => {
    const address = parseServer(server)
    if (address) return address
    throw notAList(server === list ? '' : `${JSON.stringify(server)} in it `)
  })
}

function notAList(part: string): Error {
  return new Error(`${part}should be host or host:port, port 1 to 65535, several separated by commas`)
}

function parseServer(server: string): MemcacheAddress | undefined {
  const [, ipv6, name, port = DEFAULT_PORT] = SERVER.exec(server) ?? []
  const host = ipv6 ?? name
  const isHost = ipv6 ? isIPv6(ipv6) : !NUMBERS.test(name ?? '') || isIPv4(name ?? '')
  const isPort = Number(port) > 0 && Number(port) <= 65_535
  return host && isHost && isPort ? { host, port: Number(port) } : undefined
}
