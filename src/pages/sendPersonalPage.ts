import type { Response } from 'express'
import type { PersonalBytes } from './PageCache.js'

/** Answers with a page for one visitor that must not be stored. */
export function sendPersonalPage(response: Response, { parts, encoding }: PersonalBytes): void {
  response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'text/html; charset=utf-8' })
  response.set('Content-Length', String(parts.reduce((length, part) => length + part.length, 0)))
  if (encoding !== 'identity') response.set('Content-Encoding', encoding)
  response.cork() // sent in one piece, without copying the long parts, which are shared
  for (const part of parts) response.write(part)
  response.uncork()
  response.end()
}
