import type { RequestHandler } from 'express'
import { sharedInTurns } from '../http/sharedInTurns.js'

/** `GET /healthz`: the process runs. */
export const showHealth: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').type('text').send('ok\n')
}

/**
 * `GET /readyz`: the process can serve. A lost cache does not count, because it only costs speed. Requests at the same
 * time share one check, which began after they came.
 */
export function showReadiness(findObstacle: () => Promise<string | undefined>): RequestHandler {
  const check = sharedInTurns(findObstacle)
  return async (_request, response) => {
    const obstacle = await check()
    response
      .status(obstacle === undefined ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .type('text')
    response.send(`${obstacle ?? 'ready'}\n`)
  }
}
