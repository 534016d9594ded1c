import type { RequestHandler } from 'express'
import type { Status } from '../status/status.js'
import { statusPage } from '../status/statusPage.js'
import { wantsJson } from './negotiation.js'

const REFRESH_SECONDS = '10'

/**
 * `GET /status`: what this process has done, to look at. It refreshes itself by a header, which works without
 * JavaScript; `?refresh=off` holds it still, and then has the plots' figures as tables too.
 */
export function showStatus(takeStatus: () => Promise<Status>): RequestHandler {
  return async (request, response) => {
    const status = await takeStatus()
    const held = request.query.refresh === 'off'
    response.set({ 'Cache-Control': 'no-store', Vary: 'Accept' })
    if (wantsJson(request)) {
      response.json(status)
      return
    }
    if (!held) response.set('Refresh', REFRESH_SECONDS)
    response.render('status', { ...statusPage(status), held, refreshSeconds: REFRESH_SECONDS })
  }
}
