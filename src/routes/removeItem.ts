import type { RequestHandler } from 'express'
import { redirectWithNotice } from '../pages/notice.js'
import type { Queue, Write } from '../queue/Queue.js'
import { idempotencyKey } from '../requests/idempotencyKey.js'
import { wantsFragment, wantsJson } from '../requests/negotiation.js'

/** `POST /remove`: removes the oldest item. */
export function removeItem(queue: Queue): RequestHandler {
  return async (request, response) => {
    const write: Write = { remove: 'oldest' }
    const { item, version, length } = await queue.write(write, idempotencyKey(request, write))
    response.headerList.push('Cache-Control', 'no-store')
    if (wantsFragment(request)) response.render('removed', { item, version, length })
    else if (wantsJson(request)) response.json({ item, version, length })
    else redirectWithNotice(response, { removed: item?.text ?? '' })
  }
}
