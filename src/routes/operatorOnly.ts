import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { NotFound, NotTheOperator } from './problems.js'

export interface OperatorAccess {
  readonly operatorPassword: string | undefined
  readonly isProduction: boolean
}

const USER = 'operator'
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i

/** Lets in who knows the password. Without one, everybody on a developer's machine and nobody in production. */
export function operatorOnly({ operatorPassword, isProduction }: OperatorAccess): RequestHandler {
  if (operatorPassword === undefined) {
    return (_request, _response, next) => {
      next(isProduction ? new NotFound('There is nothing at this address.') : undefined)
    }
  }
  const expected = digest(`${USER}:${operatorPassword}`)
  return (request, _response, next) => {
    const [, encoded = ''] = BASIC.exec(request.get('Authorization') ?? '') ?? []
    // Digests are all of one length, and take equally long to compare wherever they differ.
    const isOperator = timingSafeEqual(digest(Buffer.from(encoded, 'base64')), expected)
    next(isOperator ? undefined : new NotTheOperator('This is for whoever runs the queue.'))
  }
}

function digest(credentials: string | Buffer): Buffer {
  return createHash('sha256').update(credentials).digest()
}
