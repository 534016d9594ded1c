import type { Request } from 'express'
import { isHttps } from '../http/isHttps.js'

/** Over HTTPS no other site of the same domain can set it: https://httpwg.org/specs/rfc6265bis.html#the-host-prefix */
export function cookieName(request: Request, name: string): string {
  return isHttps(request) ? `__Host-${name}` : name
}

export function cookieOptions(request: Request) {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure: isHttps(request) } as const
}

/** The value of a `Set-Cookie`. Written by hand, because Express needs half a page load's time to write a cookie. */
export function cookieFor(request: Request, name: string, value: string, maxAgeSeconds: number): string {
  const secure = isHttps(request) ? '; Secure' : ''
  return `${cookieName(request, name)}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly${secure}; SameSite=Strict`
}

/** The value as it was sent; undefined if there is no such cookie. */
export function readCookie(request: Request, name: string): string | undefined {
  const { cookie } = request.headers
  if (cookie === undefined) return undefined
  const prefix = `${cookieName(request, name)}=`
  return cookie
    .split('; ')
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length)
}
