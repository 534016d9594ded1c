import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { constants } from 'node:zlib'
import type { RequestHandler } from 'express'
import { ASSETS_VERSION, filesIn } from '../pages/assets.js'
import { compressed } from '../pages/compressed.js'
import { encodingFor } from '../requests/negotiation.js'

const TEXT = /\.(css|js|svg)$/
export const READING = new Set(['GET', 'HEAD'])

const BEST = constants.BROTLI_MAX_QUALITY

/**
 * Answers with the text files of a folder, compressed. Brotli's best quality takes 10 ms for a file, so each file is
 * compressed only once, at the first request. Other files, and plain answers, come from the next handler.
 */
export function compressedFiles(folder: string, cacheControl: string): RequestHandler {
  const names = new Set(filesIn(folder).filter((name) => TEXT.test(name)))
  const kept = new Map<string, Promise<Buffer>>()

  function compressedOnce(name: string, encoding: 'br' | 'gzip'): Promise<Buffer> {
    const key = `${encoding} ${name}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const made = readFile(path.join(folder, name)).then((bytes) => compressed(bytes, encoding, BEST))
    kept.set(key, made)
    made.catch(() => kept.delete(key)) // the next request tries again
    return made
  }

  return async (request, response, next) => {
    const name = request.path.slice(1)
    if (!names.has(name) || !READING.has(request.method)) return next()
    response.set('Vary', 'Accept-Encoding')
    const encoding = encodingFor(request)
    if (encoding === 'identity') return next()
    const bytes = await compressedOnce(name, encoding)
    const etag = `"${ASSETS_VERSION}-${encoding}"`
    response.type(path.extname(name))
    response.set({ 'Cache-Control': cacheControl, 'Content-Encoding': encoding, ETag: etag })
    response.send(bytes)
  }
}
