import type { Request } from 'express'

/** Over HTTPS no other site of the same domain can set it: https://httpwg.org/specs/rfc6265bis.html#the-host-prefix */
export function cookieName({ secure }: Request, name: string): string {
  return secure ? `__Host-${name}` : name
}

export function cookieOptions({ secure }: Request) {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure } as const
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
