import type { Request } from 'express'

export type Encoding = 'br' | 'gzip' | 'identity'

/** How many different headers are remembered. Browsers send a handful. */
const MAX_OUTCOMES = 200

/** As we send them. With the charset, because some clients ask for `application/json; charset=utf-8`. */
export const CONTENT_TYPE = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const

export const wantsJson = remembered('accept', (request) => {
  return request.accepts(Object.values(CONTENT_TYPE)) === CONTENT_TYPE.json
})

/** Whether htmx, or a script like it, asks for a fragment to put into the page. */
export function wantsFragment(request: Request): boolean {
  return request.get('HX-Request') === 'true'
}

/** The smallest encoding that the client accepts. If it accepts none of ours, it gets the plain text. */
export const encodingFor = remembered<Encoding>('accept-encoding', (request) => {
  if (request.acceptsEncodings('br')) return 'br'
  return request.acceptsEncodings('gzip') ? 'gzip' : 'identity'
})

/**
 * Which of these the client has already; undefined also for a forced reload (`no-cache`).
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function knownEtag(request: Request, etags: readonly string[]): string | undefined {
  const { 'if-none-match': known, 'cache-control': control } = request.headers
  if (known === undefined || control?.includes('no-cache')) return undefined
  // An ETag includes its quotes, and ours contain no other quotes, so a substring of the list is an entry of it.
  return etags.find((etag) => known.includes(etag) || known === '*')
}

/** Remembers what was negotiated, because the header is nearly always one of a few. */
function remembered<T>(header: 'accept' | 'accept-encoding', negotiate: (request: Request) => T) {
  const outcomes = new Map<string, T>()
  return (request: Request): T => {
    const asked = request.headers[header] ?? ''
    const known = outcomes.get(asked)
    if (known !== undefined) return known
    const outcome = negotiate(request)
    if (outcomes.size < MAX_OUTCOMES) outcomes.set(asked, outcome)
    return outcome
  }
}
