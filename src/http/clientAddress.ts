import { isIP } from 'node:net'
import type { Request } from 'express'
import { ipKeyGenerator } from 'express-rate-limit'

/** A client with one IPv6 address usually has all 2^64 addresses of its network. */
const IPV6_SUBNET_BITS = 64
/**
 * What proxies write beside the address: a port (Azure's gateway: `198.51.100.1:4711`), brackets and quotes around
 * IPv6 (as RFC 7239 wants them: `"[2001:db8::1]:4711"`), the zone of a link-local address (`fe80::1%eth0`).
 */
const BRACKETED = /^\[([^\]]*)\](?::\d+)?$/
const IPV4_WITH_PORT = /^([^[\]]*\.\d+):\d+$/

/**
 * The client's address for limits by address, from the last trusted proxy (Express's `trust proxy`).
 * @returns an IPv4 address, or an IPv6 network; the proxy's own address if it gives no valid address
 */
export function clientAddress({ ip = '', socket }: Pick<Request, 'ip' | 'socket'>): string {
  return limitKey(parseAddress(ip) ?? socket.remoteAddress ?? '')
}

/** One key for all addresses of one client: the IPv6 network, or the IPv4 address in one notation. */
export function limitKey(address: string): string {
  return ipKeyGenerator(withoutZone(address), IPV6_SUBNET_BITS)
}

/** Undefined if it is no address, such as `unknown` or `_hidden` (RFC 7239). */
function parseAddress(text: string): string | undefined {
  const unquoted = text.replace(/^"(.*)"$/, '$1')
  const [, inside] = BRACKETED.exec(unquoted) ?? IPV4_WITH_PORT.exec(unquoted) ?? []
  const address = withoutZone(inside ?? unquoted)
  return isIP(address) ? address : undefined
}

function withoutZone(address: string): string {
  return address.split('%', 1)[0] ?? ''
}
