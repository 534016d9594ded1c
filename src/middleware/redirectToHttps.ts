import type { RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

/**
 * Sends whoever came to the proxy in plain HTTP to the same page over HTTPS; 308, so that a form stays a form. What
 * didn't come through the proxy, such as a health check on this machine, bears no such header and is let through.
 */
export const redirectToHttps: RequestHandler = (request, response, next) => {
  if (request.secure || request.get('X-Forwarded-Proto') === undefined) return next()
  const { hostname } = httpsUrl(request.get('Host'))
  // The path is only ever appended: by itself, `//elsewhere.example/` would name another site.
  const path = request.originalUrl.startsWith('/') ? request.originalUrl : '/'
  response.set('Cache-Control', 'no-store').redirect(308, `https://${hostname}${path}`)
}

function httpsUrl(host: string | undefined): URL {
  const url = `https://${host ?? ''}`
  if (!URL.canParse(url)) throw refusal(400, 'Say in `Host` which site this is for.')
  return new URL(url)
}
