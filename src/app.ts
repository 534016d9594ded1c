import express, { type Express } from 'express'
import { PUBLIC, VIEWS } from './assets.js'
import type { Logger } from './log.js'
import type { Queue } from './queue/Queue.js'
import { addRoute } from './routes/add.js'
import { errorHandler } from './routes/errorHandler.js'
import { healthRoutes } from './routes/health.js'
import { indexRoute } from './routes/index.js'
import { ASSETS_PATH, Pages, VIEW_DEFAULTS } from './routes/pages.js'
import { MethodNotAllowed, NotFound } from './routes/problems.js'
import { removeRoute } from './routes/remove.js'
import { refuseCrossSite } from './routes/sameOrigin.js'

export interface AppParts {
  readonly queue: Queue
  readonly isReady: () => Promise<boolean>
  readonly log: Logger
}

const METHODS: Readonly<Record<string, string>> = {
  '/': 'GET, HEAD',
  '/add': 'POST',
  '/remove': 'POST',
  '/healthz': 'GET, HEAD',
  '/readyz': 'GET, HEAD',
}

/** The app: from a request to an answer. It knows no database and no cache. */
export function createApp({ queue, isReady, log }: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // the pages have their own; nothing else is worth hashing
  app.enable('view cache')
  app.set('views', VIEWS)
  app.set('view engine', 'ejs')
  app.locals.formatNumber = VIEW_DEFAULTS.formatNumber
  const pages = new Pages((view, locals) => render(app, view, locals))

  app.use(
    ASSETS_PATH,
    express.static(PUBLIC, { immutable: true, maxAge: '1y', index: false, redirect: false }),
  )
  app.use(refuseCrossSite)
  app.use(healthRoutes(isReady))
  app.use(indexRoute(queue, pages))
  app.use(addRoute(queue))
  app.use(removeRoute(queue))
  app.use((request, _response, next) => {
    const allow = METHODS[request.path]
    next(
      allow === undefined ? new NotFound('There is nothing at this address.') : new MethodNotAllowed(allow),
    )
  })
  app.use(errorHandler(queue, pages, log))
  return app
}

function render(app: Express, view: string, locals: object): Promise<string> {
  return new Promise((resolve, reject) => {
    app.render(view, locals, (error, html) => (error ? reject(error) : resolve(html)))
  })
}
