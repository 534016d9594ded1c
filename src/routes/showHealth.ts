import type { RequestHandler } from 'express'
import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from '../http/Turns.js'

/** `GET /healthz`: the process runs. */
export const showHealth: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').type('text').send('ok\n')
}

/**
 * `GET /readyz`: the process can serve. A lost cache does not count: only speed is lost with it. All who ask at the
 * same time share one check, begun after they asked.
 */
export function showReadiness(findObstacle: () => Promise<string | undefined>): RequestHandler {
  const check = new SingleFlight(findObstacle)
  const turns = new Turns()
  return async (_request, response) => {
    const obstacle = await check.startedAfter(performance.now())
    await turns.next()
    response
      .status(obstacle === undefined ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .type('text')
    response.send(`${obstacle ?? 'ready'}\n`)
  }
}
