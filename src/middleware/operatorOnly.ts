import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Config } from '../config.js'
import { clientAddress } from '../http/clientAddress.js'
import { refusal, tooManyRequests } from '../http/refusal.js'
import { WindowCounts } from '../limits/WindowCounts.js'

const USER = 'operator'
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="operator", charset="UTF-8"' }
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i
/** More than the typing errors of a person, or a scraper with an old password, in a minute. */
const MAX_GUESSES = 10
const GUESSES_WINDOW_MS = 60_000

/**
 * Requires the operator's password. If none is set, access is free on a developer's machine, and impossible in
 * production. Wrong passwords are limited by client address, so nobody can lock out somebody else.
 */
export function operatorOnly({
  operatorPassword,
  isProduction,
}: Pick<Config, 'operatorPassword' | 'isProduction'>): RequestHandler {
  if (operatorPassword === undefined) {
    return (_request, _response, next) => {
      next(isProduction ? refusal(404, 'There is nothing at this address.') : undefined)
    }
  }
  const expected = digest(`${USER}:${operatorPassword}`)
  const guesses = new WindowCounts(GUESSES_WINDOW_MS)
  return (request, _response, next) => {
    const given = request.get('Authorization')
    // A browser sends its first request without a password, before it asks its user. That does not count as a guess.
    if (given === undefined) throw refusal(401, 'This page is for the people who run the queue.', CHALLENGE)
    const address = clientAddress(request)
    const { count, leftMs } = guesses.of(address)
    if (count >= MAX_GUESSES) {
      throw tooManyRequests('Too many wrong passwords came from your address.', Math.ceil(leftMs / 1000))
    }
    if (isRight(given, expected)) return next()
    guesses.add(address)
    throw refusal(401, 'That is not the operator’s password.', CHALLENGE)
  }
}

function isRight(authorization: string, expected: Buffer): boolean {
  const [, encoded = ''] = BASIC.exec(authorization) ?? []
  // All digests have the same length, and comparing them takes the same time wherever they differ.
  return timingSafeEqual(digest(Buffer.from(encoded, 'base64')), expected)
}

function digest(credentials: string | Buffer): Buffer {
  return createHash('sha256').update(credentials).digest()
}
