import { Router } from 'express'
import type { Queue } from '../queue/Queue.js'
import { optionalBody } from './body.js'
import { wantsFragment, wantsJson } from './requests.js'

/** `POST /remove`: takes the oldest item off. */
export function removeRoute(queue: Queue): Router {
  return Router().post('/remove', ...optionalBody, async (request, response) => {
    const { item, version, length } = await queue.remove()
    response.set('Cache-Control', 'no-store')
    if (wantsFragment(request)) response.render('removed', { item, length })
    else if (wantsJson(request)) response.json({ item, version, length })
    else response.redirect(303, '/')
  })
}
