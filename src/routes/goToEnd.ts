import type { RequestHandler } from 'express'
import type { Queue } from '../queue/Queue.js'

/** `GET /end`: redirects to the page that holds the last items. */
export function goToEnd(queue: Queue): RequestHandler {
  return async (_request, response) => {
    const id = await queue.lastPageAfter()
    response.set('Cache-Control', 'no-store')
    response.redirect(303, id === null ? '/' : `/?after=${id}`)
  }
}
