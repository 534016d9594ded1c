import type { RequestHandler } from 'express'

/** `GET /healthz`: the process runs. */
export const showHealth: RequestHandler = (_request, response) => {
  response.set('Cache-Control', 'no-store').type('text').send('ok\n')
}

/** `GET /readyz`: the process can serve. A lost cache does not count: only speed is lost with it. */
export function showReadiness(isReady: () => Promise<boolean>): RequestHandler {
  return async (_request, response) => {
    const ready = await isReady()
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .type('text')
    response.send(ready ? 'ready\n' : 'not migrated yet, or shutting down\n')
  }
}
