import type { Request, Response } from 'express'
import { isHttps } from '../http/isHttps.js'

/**
 * Sets a cookie; 0 seconds clear it. Written by hand, because Express needs half a page load's time to write a cookie.
 */
export function setCookie(response: Response, name: string, value: string, maxAgeSeconds: number): void {
  const secure = isHttps(response.req) ? '; Secure' : ''
  const attributes = `Max-Age=${maxAgeSeconds}; Path=/; HttpOnly${secure}; SameSite=Strict`
  response.headerList.push('Set-Cookie', `${fullName(response.req, name)}=${value}; ${attributes}`)
}

/** The value as it was sent; undefined if there is no such cookie. */
export function readCookie(request: Request, name: string): string | undefined {
  const { cookie } = request.headers
  if (cookie === undefined) return undefined
  const prefix = `${fullName(request, name)}=`
  return cookie
    .split('; ')
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length)
}

/** Over HTTPS no other site of the same domain can set it: https://httpwg.org/specs/rfc6265bis.html#the-host-prefix */
function fullName(request: Request, name: string): string {
  return isHttps(request) ? `__Host-${name}` : name
}
