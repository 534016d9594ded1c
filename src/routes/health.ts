import type { RequestHandler } from 'express'

/** `GET /healthz`: the process runs. */
export const showHealth: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').type('text').send('ok\n')
}

/** `GET /readyz`: the process can serve. A lost cache does not count: only speed is lost with it. */
export function showReadiness(findObstacle: () => Promise<string | undefined>): RequestHandler {
  return async (_request, response) => {
    const obstacle = await findObstacle()
    response
      .status(obstacle === undefined ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .type('text')
    response.send(`${obstacle ?? 'ready'}\n`)
  }
}
