import type { MemcacheAddress, MemcacheCredentials } from '../cache/index.js'
import { reasonOf } from '../reasonOf.js'

/** memjs reports every failed sign-in with these words. */
const REFUSED = /authentication failed/i
const LOCAL_HOST = /^(localhost|127\..*|::1)$/

/** What to do, by a part of the system's or memjs's message. */
const ADVICE: Readonly<Record<string, string>> = {
  'timed out connecting': 'no route, or a firewall in between',
  'timed out waiting': 'it accepts connections, but does not answer: does it speak the binary protocol?',
  'no answer within': 'it answers, but too slowly: is it a memcache server?',
  'closed the connection': 'does it speak the binary protocol?',
  ECONNREFUSED: 'nothing listens there: is it running, and is the port right?',
  ENOTFOUND: 'there is no host of that name',
  EHOSTUNREACH: 'there is no route to that host',
  ENETUNREACH: 'there is no route to that host',
}

export function isRefusedSignIn(error: unknown): boolean {
  return REFUSED.test(reasonOf(error))
}

/** What is wrong with a server, and what to do about it, in words. */
export function whatIsWrong(
  error: unknown,
  { host }: MemcacheAddress,
  { username, password }: MemcacheCredentials,
  retryForMs: number,
): string {
  const reason = reasonOf(error)
  if (isRefusedSignIn(error)) {
    if (!username || !password) return 'it requires a user name and a password: set both'
    if (retryForMs > 0)
      return `wrong user name or password: it refused ${username} for ${retryForMs / 1000} s`
    return (
      `it refuses ${username}: the password is wrong, or not valid yet (MemCachier’s need about three minutes). ` +
      '`npm run verify -- --wait` retries for four minutes'
    )
  }
  const advice = Object.entries(ADVICE).find(([word]) => reason.includes(word))?.[1]
  if (!advice) return reason
  const isHere = LOCAL_HOST.test(host)
    ? `; ${host} is this machine, and on Heroku no memcache runs on it`
    : ''
  return `${advice} (${reason})${isHere}`
}
