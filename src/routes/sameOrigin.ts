import type { Request, RequestHandler } from 'express'

/** A browser's request that another site caused. */
export class CrossSiteRequest extends Error {
  override readonly name = 'CrossSiteRequest'
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses writes that another site makes a visitor's browser send. Browsers say where a request comes from, in
 * headers that no page can forge; so the page needs no token, and is the same for everybody. A request with
 * neither header comes from no browser.
 */
export const refuseCrossSite: RequestHandler = (request, _response, next) => {
  const isFine = SAFE_METHODS.has(request.method) || isSameOrigin(request)
  next(isFine ? undefined : new CrossSiteRequest('This request came from another site.'))
}

function isSameOrigin(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = request.get('Origin')
  // Where a proxy is trusted `host` is what `X-Forwarded-Host` says: some put another name into `Host`.
  return origin === undefined || isOurs(origin, request.host ?? '')
}

/** Only the host is compared: behind a proxy that ends TLS we don't see the scheme that the browser saw. */
function isOurs(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false // `null`, too
  const { protocol, host: originHost } = new URL(origin)
  const ours = `${protocol}//${host}`
  return URL.canParse(ours) && new URL(ours).host === originHost && originHost !== ''
}
