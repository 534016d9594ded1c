import type { RequestHandler } from 'express'
import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from '../http/Turns.js'
import { wantsJson } from '../requests/negotiation.js'
import { queryValues } from '../requests/query.js'
import type { Status } from '../status/status.js'
import { statusPage } from '../status/statusPage.js'

/**
 * `GET /status`: what this process's cache did. The page follows by a script, or without JavaScript by a refresh.
 * `?refresh=off` holds it still, and adds tables of the plotted numbers.
 */
export function showStatus(takeStatus: () => Promise<Status>): RequestHandler {
  const shared = new SingleFlight(takeStatus)
  const turns = new Turns()
  return async (request, response) => {
    const status = await shared.startedAfter(performance.now())
    await turns.next()
    const held = queryValues(request, 'refresh').includes('off')
    response.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    if (wantsJson(request)) {
      response.json(status)
      return
    }
    response.render('status', { ...statusPage(status), held })
  }
}
