import express, { type RequestHandler, type Response, Router } from 'express'
import { ANY_RELEASE, ASSETS_PATH, PUBLIC } from '../pages/assets.js'
import { allowOnly } from './allowOnly.js'
import { compressedFiles, READING } from './compressedFiles.js'

/** Browsers ask for these even if no page names them. Kept for a day only, because their names never change. */
const AT_THE_ROOT = ['/favicon.ico', '/apple-touch-icon.png', '/apple-touch-icon-precomposed.png']
const ROOT_MAX_AGE = '1d'

/**
 * The files that browsers load. Browsers may keep those of this release for good. While a release rolls out, a page of
 * another release asks for its own files. It gets ours, so that it works, but may not keep them.
 */
export function files(): RequestHandler {
  return Router()
    .use(ASSETS_PATH, publicFiles(FOR_GOOD))
    .use(ANY_RELEASE, publicFiles(ASK_AGAIN), onlyReading)
    .all(AT_THE_ROOT, onlyReading, fileAtTheRoot())
}

/** The ETag is enough for revalidation, and nobody resumes half a script. */
const STATIC = { index: false, redirect: false, lastModified: false, acceptRanges: false } as const
const FOR_GOOD = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

const onlyReading: RequestHandler = (request, response, next) => {
  if (READING.has(request.method)) next()
  else allowOnly('GET, HEAD')(request, response, next)
}

function fileAtTheRoot(): RequestHandler {
  const send = express.static(PUBLIC, { ...STATIC, maxAge: ROOT_MAX_AGE })
  return (request, response, next) => {
    request.url = request.path.replace('-precomposed', '')
    send(request, response, next)
  }
}

function publicFiles(cacheControl: string): RequestHandler[] {
  const setHeaders = (response: Response) => void response.set('Cache-Control', cacheControl)
  return [compressedFiles(PUBLIC, cacheControl), express.static(PUBLIC, { ...STATIC, setHeaders })]
}
