import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

const LOCALHOST = /^(?:.+\.)?localhost\.?$/i
const EXPLANATION =
  'On a developer’s machine the queue answers to localhost and to IP addresses only. ' +
  'Set HOST (for example HOST=0.0.0.0) to have it answer to any name.'

/**
 * Refuses requests whose `Host` is a name other than localhost. A page elsewhere can have its own name point to
 * 127.0.0.1 (DNS rebinding). A browser then takes our app for that page's own site, and lets it read and write. An IP
 * address can't be rebound.
 */
export const refuseForeignHosts: RequestHandler = (request, _response, next) => {
  const { host } = request.headers
  next(host === undefined || isLocal(host) ? undefined : refusal(403, EXPLANATION))
}

function isLocal(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(name) !== 0 || LOCALHOST.test(name)
}
