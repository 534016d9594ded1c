import { Router } from 'express'

/** `/healthz`: the process runs. `/readyz`: it can serve; a lost cache does not count, only speed is lost with it. */
export function healthRoutes(isReady: () => Promise<boolean>): Router {
  return Router()
    .get('/healthz', (_request, response) => {
      response.set('Cache-Control', 'no-store').type('text').send('ok\n')
    })
    .get('/readyz', async (_request, response) => {
      response.set('Cache-Control', 'no-store').type('text')
      const ready = await isReady()
      response.status(ready ? 200 : 503).send(ready ? 'ready\n' : 'not migrated yet\n')
    })
}
