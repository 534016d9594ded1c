import type { RequestHandler } from 'express'
import { SharedRun } from '../cache/SharedRun.js'
import type { Status } from '../status/status.js'
import { statusPage } from '../status/statusPage.js'
import { wantsJson } from './negotiation.js'
import { queryValues } from './requests.js'
import { Turns } from './turns.js'

const REFRESH_SECONDS = '10'

/**
 * `GET /status`: what this process has done, to look at. It refreshes itself by a header, which works without
 * JavaScript; `?refresh=off` holds it still, and then has the plots' figures as tables too.
 */
export function showStatus(takeStatus: () => Promise<Status>): RequestHandler {
  const shared = new SharedRun(takeStatus)
  const turns = new Turns()
  return async (request, response) => {
    const status = await shared.since(performance.now())
    await turns.next()
    const held = queryValues(request, 'refresh').includes('off')
    response.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    if (wantsJson(request)) {
      response.json(status)
      return
    }
    if (!held) response.set('Refresh', REFRESH_SECONDS)
    response.render('status', { ...statusPage(status), held, refreshSeconds: REFRESH_SECONDS })
  }
}
