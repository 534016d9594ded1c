import type { Request } from 'express'
import { MalformedBody } from '../middleware/bodies.js'
import { formValues } from './fields.js'
import { formKey } from './formKey.js'

/** A header that is not what it should be. */
export class InvalidHeader extends Error {
  override readonly name = 'InvalidHeader'
}

const HEADER = 'idempotency-key'
const KEY = /^[\x20-\x7e]{1,255}$/
const RIGHT_KEY = 'should be 1 to 255 printable ASCII characters, given once.'

/**
 * The key under which a write happens once, however often it is sent: the header
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/), or the field `key` of a form.
 * @returns the key of `formKey` for a form without one, undefined for other writes without one
 * @throws InvalidHeader, MalformedBody
 */
export function idempotencyKey(request: Request): string | undefined {
  const headers = request.headersDistinct[HEADER]
  if (headers) return onlyKey(headers) ?? refuse(new InvalidHeader(`Idempotency-Key ${RIGHT_KEY}`))
  const fields = formValues(request.body, 'key').filter((key) => key !== '')
  if (fields.length === 0) return formKey(request)
  return onlyKey(fields) ?? refuse(new MalformedBody(`The field "key" ${RIGHT_KEY}`))
}

function onlyKey([key = '', ...others]: readonly string[]): string | undefined {
  return others.length === 0 && KEY.test(key) ? key : undefined
}

function refuse(error: Error): never {
  throw error
}
