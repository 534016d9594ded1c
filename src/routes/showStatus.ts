import type { RequestHandler } from 'express'
import { sharedInTurns } from '../http/sharedInTurns.js'
import { wantsJson } from '../requests/negotiation.js'
import { queryValues } from '../requests/query.js'
import type { Status } from '../status/status.js'
import { statusPage } from '../status/statusPage.js'

/**
 * `GET /status`: what this process's cache did. The page updates itself by a script, or by a refresh if there is no
 * JavaScript. `?refresh=off` stops that, and adds tables of the plotted numbers.
 */
export function showStatus(takeStatus: () => Promise<Status>): RequestHandler {
  const shared = sharedInTurns(takeStatus)
  return async (request, response) => {
    const status = await shared()
    const held = queryValues(request, 'refresh').includes('off')
    response.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    if (wantsJson(request)) {
      response.json(status)
      return
    }
    response.render('status', { ...statusPage(status), held })
  }
}
