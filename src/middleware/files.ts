import path from 'node:path'
import { constants } from 'node:zlib'
import { type RequestHandler, Router } from 'express'
import { ANY_RELEASE, ASSETS_PATH, ASSETS_VERSION, PUBLIC_FILES } from '../pages/assets.js'
import { compressed } from '../pages/compressed.js'
import { madeOnce } from '../pages/madeOnce.js'
import { encodingFor } from '../requests/negotiation.js'
import { allowOnly } from './allowOnly.js'

const TEXT = /\.(css|js|svg)$/
/** Brotli's best takes 10 ms for a file, so each file is compressed only once, at the first request. */
const QUALITY = constants.BROTLI_MAX_QUALITY

const FOR_GOOD = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'
const FOR_A_DAY = 'public, max-age=86400'
/** Browsers ask for these even if no page names them. Kept for a day only, because their names never change. */
const AT_THE_ROOT = ['/favicon.ico', '/apple-touch-icon.png', '/apple-touch-icon-precomposed.png']

/**
 * The files that browsers load. Browsers may keep those of this release for good. While a release rolls out, a page of
 * another release asks for its own files. It gets ours, so that it works, but may not keep them.
 */
export function files(): RequestHandler {
  const onlyReading = allowOnly('GET, HEAD')
  return Router({ caseSensitive: true })
    .use(ASSETS_PATH, onlyReading, sendFile(FOR_GOOD))
    .use(ANY_RELEASE, onlyReading, sendFile(ASK_AGAIN))
    .all(AT_THE_ROOT, onlyReading, sendFile(FOR_A_DAY))
}

function sendFile(cacheControl: string): RequestHandler {
  return async (request, response, next) => {
    const name = request.path.slice(1).replace('-precomposed', '')
    const plain = PUBLIC_FILES.get(name)
    if (!plain) return next()
    const isText = TEXT.test(name)
    const encoding = isText ? encodingFor(request) : 'identity'
    const bytes = encoding === 'identity' ? plain : await compressedOnce(name, plain, encoding)
    if (isText) response.set('Vary', 'Accept-Encoding')
    if (encoding !== 'identity') response.set('Content-Encoding', encoding)
    response.set({ 'Cache-Control': cacheControl, ETag: `"${ASSETS_VERSION}-${encoding}"` })
    response.type(path.extname(name)).send(bytes)
  }
}

const compressedFiles = new Map<string, Promise<Buffer>>()

function compressedOnce(name: string, plain: Buffer, encoding: 'br' | 'gzip'): Promise<Buffer> {
  return madeOnce(compressedFiles, `${encoding} ${name}`, () => compressed(plain, encoding, QUALITY))
}
