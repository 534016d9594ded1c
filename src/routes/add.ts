import type { RequestHandler } from 'express'
import { parseItemText } from '../queue/itemText.js'
import type { Queue } from '../queue/Queue.js'
import { textField } from './body.js'
import { wantsJson } from './negotiation.js'
import { wantsFragment } from './requests.js'

/** `POST /add`: puts an item at the end. */
export function addItem(queue: Queue): RequestHandler {
  return async (request, response) => {
    const text = parseItemText(textField(request.body))
    const { item, version, length } = await queue.add(text)
    response.set('Cache-Control', 'no-store')
    if (wantsFragment(request)) response.render('added', { item, version, length })
    else if (wantsJson(request)) response.status(201).json({ item, version, length })
    else response.redirect(303, '/')
  }
}
