import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet from 'helmet'
import { isHttps } from '../http/isHttps.js'
import { PUBLIC_FILES } from '../pages/assets.js'

const TWO_YEARS_SECONDS = 2 * 365 * 24 * 60 * 60

const FOR_ALL = helmet({
  contentSecurityPolicy: {
    useDefaults: false, // they upgrade to HTTPS, which a laptop doesn't have
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  // Not `no-referrer`: browsers would send `Origin: null` with our own forms, and we must refuse that.
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
  strictTransportSecurity: false,
  // These are useful only for old browsers and plug-ins.
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
})
const FOR_HTTPS = helmet.strictTransportSecurity({ maxAge: TWO_YEARS_SECONDS })
/** Helmet does not set this header. The page uses none of these features, and an injected script must not either. */
const PERMISSIONS_POLICY =
  'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()'

const FILE = /^\/assets\/[0-9a-f]+\/([\w-]+\.\w+)$/
const FOR_FILES = ['X-Content-Type-Options', 'nosniff']

/** Tells browsers what the page may do and who may use it. The headers are the same for all, so they are made once. */
export function securityHeaders(): RequestHandler {
  const forAll = [...headersOf(FOR_ALL), 'Permissions-Policy', PERMISSIONS_POLICY]
  const forHttps = headersOf(FOR_HTTPS)
  return (request, response, next) => {
    response.headerList.push(...(isForFile(request) ? FOR_FILES : forAll))
    if (isHttps(request)) response.headerList.push(...forHttps)
    next()
  }
}

/**
 * A first visit loads ten of our files. Headers that only pages need would be a quarter of its bytes. If there is no such
 * file, or it is not to be read, the answer is a page.
 */
function isForFile({ method, url }: IncomingMessage): boolean {
  const [, name = ''] = FILE.exec(url ?? '') ?? []
  return PUBLIC_FILES.has(name) && (method === 'GET' || method === 'HEAD')
}

/** What a handler sets on a response, name and value in turn. */
function headersOf(handler: ReturnType<typeof helmet>): string[] {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  handler(request, response, (error) => {
    if (error) throw error
  })
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}
