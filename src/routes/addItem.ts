import type { ErrorRequestHandler, RequestHandler } from 'express'
import { isRefusal, refusal } from '../http/refusal.js'
import { redirectWithNotice } from '../pages/notice.js'
import { faultOfText, parseItemText } from '../queue/itemText.js'
import type { Queue, Write } from '../queue/Queue.js'
import { field } from '../requests/fields.js'
import { idempotencyKey } from '../requests/idempotencyKey.js'
import { wantsFragment, wantsJson } from '../requests/negotiation.js'

/** `POST /add`: puts an item at the end. */
export function addItem(queue: Queue): RequestHandler {
  return async (request, response) => {
    const write: Write = { add: parseItemText(field(request.body, 'text')) }
    const { item, version, length } = await queue.write(write, idempotencyKey(request, write))
    if (!item) throw new Error('an add was answered without an item')
    response.headerList.push('Cache-Control', 'no-store')
    if (wantsFragment(request)) response.render('added', { item, version, length })
    else if (wantsJson(request)) response.status(201).json({ item, version, length })
    else redirectWithNotice(response, { added: item.text, id: `${item.id}`, position: `${length}` })
  }
}

/** If a form is too large, says how long its text may be: visitors don't count bytes. */
export const explainTooLong: ErrorRequestHandler = (error: unknown, request, _response, next) => {
  const isTooLong = isRefusal(error) && error.status === 413
  const reason = isTooLong ? faultOfText(field(request.body, 'text')) : undefined
  next(reason === undefined ? error : refusal(413, reason))
}
