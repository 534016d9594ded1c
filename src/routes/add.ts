import { Router } from 'express'
import { parseItemText } from '../queue/itemText.js'
import type { Queue } from '../queue/Queue.js'
import { requiredBody, textField } from './body.js'
import { wantsFragment, wantsJson } from './requests.js'

/** `POST /add`: puts an item at the end. */
export function addRoute(queue: Queue): Router {
  return Router().post('/add', ...requiredBody, async (request, response) => {
    const text = parseItemText(textField(request.body))
    const { item, version, length } = await queue.add(text)
    response.set('Cache-Control', 'no-store')
    if (wantsFragment(request)) response.render('item', { item })
    else if (wantsJson(request)) response.status(201).json({ item, version, length })
    else response.redirect(303, '/')
  })
}
