import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { clientAddress } from '../requests/clientAddress.js'
import { NotFound, NotTheOperator } from './problems.js'
import { TooManyGuesses, WrongGuesses } from './WrongGuesses.js'

export interface OperatorAccess {
  readonly operatorPassword: string | undefined
  readonly isProduction: boolean
}

const USER = 'operator'
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i
/** A person's typing errors, and a scraper with last week's password, stay below that. */
const GUESSES = { max: 10, windowMs: 60_000 }

/**
 * Lets in who knows the password. Without one, everybody on a developer's machine and nobody in production. Wrong
 * passwords are limited by client address, so nobody can lock out another.
 */
export function operatorOnly({ operatorPassword, isProduction }: OperatorAccess): RequestHandler {
  if (operatorPassword === undefined) {
    return (_request, _response, next) => {
      next(isProduction ? new NotFound('There is nothing at this address.') : undefined)
    }
  }
  const expected = digest(`${USER}:${operatorPassword}`)
  const guesses = new WrongGuesses(GUESSES)
  return (request, _response, next) => {
    const given = request.get('Authorization')
    // A browser asks without a password first, and only then its user: that is no guess.
    if (given === undefined) throw new NotTheOperator('This page is for the people who run the queue.')
    const address = clientAddress(request)
    const waitMs = guesses.waitMs(address)
    if (waitMs > 0) throw new TooManyGuesses(waitMs)
    if (isRight(given, expected)) return next()
    guesses.note(address)
    throw new NotTheOperator('That is not the operator’s password.')
  }
}

function isRight(authorization: string, expected: Buffer): boolean {
  const [, encoded = ''] = BASIC.exec(authorization) ?? []
  // Digests are all of one length, and take equally long to compare wherever they differ.
  return timingSafeEqual(digest(Buffer.from(encoded, 'base64')), expected)
}

function digest(credentials: string | Buffer): Buffer {
  return createHash('sha256').update(credentials).digest()
}
