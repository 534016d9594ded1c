import type { Request } from 'express'

/**
 * Whether the visitor uses HTTPS, as the trusted proxies say (`X-Forwarded-Proto`). Express's `secure` knows only small
 * letters, but names of schemes are case-insensitive (RFC 3986): behind a proxy that writes `HTTPS`, the redirects to
 * HTTPS would never end.
 */
export function isHttps({ protocol }: Pick<Request, 'protocol'>): boolean {
  return protocol.toLowerCase() === 'https'
}
