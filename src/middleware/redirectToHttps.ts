import type { RequestHandler } from 'express'
import { isHttps } from '../http/isHttps.js'
import { refusal } from '../http/refusal.js'

/**
 * Redirects requests that reached the proxy in plain HTTP to the same page over HTTPS, with 308, which keeps the method
 * and the body. A request that didn't come through the proxy, such as a health check on this machine, has no
 * `X-Forwarded-Proto` and passes.
 */
export const redirectToHttps: RequestHandler = (request, response, next) => {
  if (isHttps(request) || request.get('X-Forwarded-Proto') === undefined) return next()
  const url = `https://${request.get('Host') ?? ''}`
  if (!URL.canParse(url)) throw refusal(400, 'The `Host` header should name this site.')
  const { hostname } = new URL(url)
  // Appended to our host, because `//elsewhere.example/` alone would name another site.
  const path = request.originalUrl.startsWith('/') ? request.originalUrl : '/'
  response.set('Cache-Control', 'no-store').redirect(308, `https://${hostname}${path}`)
}
