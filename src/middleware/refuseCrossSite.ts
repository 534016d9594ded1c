import type { Request, RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'
import type { Logger } from '../process/log.js'

/** If a proxy is set up wrong, every write is refused. One line a minute says why. */
const WARN_EVERY_MS = 60_000
const MAX_LOGGED_HEADER = 200
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses writes that another site makes a visitor's browser send. Browsers say where a request comes from, in
 * headers that no page can forge. So the page needs no token, and is the same for everybody. A request with
 * neither header doesn't come from a browser.
 */
export function refuseCrossSite(log: Logger): RequestHandler {
  let warnedAtMs = Number.NEGATIVE_INFINITY
  return (request, _response, next) => {
    if (SAFE_METHODS.has(request.method) || isSameOrigin(request)) return next()
    if (isBlamedOnHost(request) && performance.now() - warnedAtMs > WARN_EVERY_MS) {
      warnedAtMs = performance.now()
      log.warn(mismatch(request), HOST_ADVICE)
    }
    next(refusal(403, 'This request came from another site.'))
  }
}

const HOST_ADVICE =
  'a write was refused because its Origin is not the Host that it was sent to. If that is your own site, the proxy ' +
  'in front does not pass on the name: in nginx add "proxy_set_header Host $http_host;"; other proxies may send ' +
  'X-Forwarded-Host, which is read with TRUST_PROXY=1'

/** Whether it was refused only because of its `Host`: with `Sec-Fetch-Site` the host isn't compared. */
function isBlamedOnHost(request: Request): boolean {
  const origin = request.get('Origin')
  return request.get('Sec-Fetch-Site') === undefined && origin !== undefined && URL.canParse(origin)
}

/** The headers that the operator must compare; null if one is missing. */
function mismatch(request: Request) {
  const header = (name: string) => request.get(name)?.slice(0, MAX_LOGGED_HEADER) ?? null
  return { origin: header('Origin'), host: header('Host'), forwardedHost: header('X-Forwarded-Host') }
}

function isSameOrigin(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = request.get('Origin')
  // If a proxy is trusted, `host` is what `X-Forwarded-Host` says: some proxies put another name into `Host`.
  return origin === undefined || isOurs(origin, request.host ?? '')
}

/** Only the host is compared: behind a proxy that ends TLS we don't see the scheme that the browser saw. */
function isOurs(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false // such as `null`
  const { protocol, host: originHost } = new URL(origin)
  const ours = `${protocol}//${host}`
  return URL.canParse(ours) && new URL(ours).host === originHost && originHost !== ''
}
