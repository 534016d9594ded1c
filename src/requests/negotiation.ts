import type { Request } from 'express'

export type Encoding = 'br' | 'gzip' | 'identity'

/** So many different headers are remembered; browsers send a handful. */
const MAX_OUTCOMES = 200

export const wantsJson = remembered('accept', (request) => request.accepts(['html', 'json']) === 'json')

/** The smallest that the visitor takes. One who takes nothing that we have gets the plain text. */
export const encodingFor = remembered<Encoding>('accept-encoding', (request) => {
  if (request.acceptsEncodings('br')) return 'br'
  return request.acceptsEncodings('gzip') ? 'gzip' : 'identity'
})

/**
 * Which of these the visitor has already; undefined also for one who insists on getting it anew (a forced reload).
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function knownEtag(request: Request, etags: readonly string[]): string | undefined {
  const { 'if-none-match': known, 'cache-control': control } = request.headers
  if (known === undefined || control?.includes('no-cache')) return undefined
  // An ETag brings its own quotes, and ours hold no others: so it stands in the list if it stands anywhere in it.
  return etags.find((etag) => known.includes(etag) || known === '*')
}

/** To negotiate is to parse a header that is nearly always one of a few: what came of it is remembered. */
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
