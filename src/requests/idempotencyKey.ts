import type { Request } from 'express'
import { refusal } from '../http/refusal.js'
import type { Write } from '../queue/Queue.js'
import { formValues } from './fields.js'
import { formKey } from './formKey.js'

const HEADER = 'idempotency-key'
const KEY = /^[\x20-\x7e]{1,255}$/

/**
 * The key under which a write happens once, even if it is sent again: the header
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/), or the field `key` of a form.
 * @returns the key of `formKey` for a form without one, undefined for other writes without one
 * @throws a refusal (400) if the key is malformed
 */
export function idempotencyKey(request: Request, write: Write): string | undefined {
  // Node makes `headersDistinct` of all headers when it is first asked for.
  if (HEADER in request.headers) return onlyKey('Idempotency-Key', request.headersDistinct[HEADER] ?? [])
  const fields = formValues(request.body, 'key').filter((key) => key !== '')
  return fields.length === 0 ? formKey(request, write) : onlyKey('The field "key"', fields)
}

function onlyKey(name: string, [key = '', ...others]: readonly string[]): string {
  if (others.length === 0 && KEY.test(key)) return key
  throw refusal(400, `${name} should be 1 to 255 printable ASCII characters, given once.`)
}
