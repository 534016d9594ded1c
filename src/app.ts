import express, { type Express } from 'express'
import type { Config } from './config.js'
import { refusal } from './http/refusal.js'
import { allowOnly } from './middleware/allowOnly.js'
import { optionalBody, requiredBody } from './middleware/bodies.js'
import { errorHandler } from './middleware/errorHandler.js'
import { files } from './middleware/files.js'
import { limitWrites } from './middleware/limitWrites.js'
import { operatorOnly } from './middleware/operatorOnly.js'
import { redirectToHttps } from './middleware/redirectToHttps.js'
import { refuseCrossSite } from './middleware/refuseCrossSite.js'
import { refuseForeignHosts } from './middleware/refuseForeignHosts.js'
import { observeRequests } from './middleware/requestLog.js'
import { securityHeaders } from './middleware/securityHeaders.js'
import { VIEWS } from './pages/assets.js'
import { PageCache, VIEW_DEFAULTS } from './pages/PageCache.js'
import type { Logger } from './process/log.js'
import { addItem, explainTooLong } from './routes/addItem.js'
import { goToEnd } from './routes/goToEnd.js'
import { removeItem } from './routes/removeItem.js'
import { showHealth, showReadiness } from './routes/showHealth.js'
import { showMetrics } from './routes/showMetrics.js'
import { showQueue } from './routes/showQueue.js'
import { showStatus } from './routes/showStatus.js'
import { streamEvents } from './routes/streamEvents.js'
import type { Services } from './services.js'

export interface AppParts extends Omit<Services, 'database' | 'watcher' | 'close'> {
  readonly config: Config
  readonly log: Logger
}

/** The Express app: middleware, routes and the error handler. It does not know the database or the cache. */
export function createApp(parts: AppParts): Express {
  const { queue, events, findObstacle, rateLimitStore, requests, status, metrics, config, log } = parts
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // the pages have their own; nothing else is worth hashing
  app.enable('view cache')
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.set('query parser', false) // see `queryValues`
  app.set('trust proxy', config.trustProxyHops)
  app.set('views', VIEWS)
  app.set('view engine', 'ejs')
  Object.assign(app.locals, VIEW_DEFAULTS)
  const pageCache = new PageCache((view, locals) => render(app, view, locals))
  const limit = limitWrites(config, rateLimitStore)

  app.use(observeRequests(log, requests))
  app.use(securityHeaders())
  if (config.takesLocalHostsOnly) app.use(refuseForeignHosts)
  if (config.redirectsToHttps) app.use(redirectToHttps)
  // Before the limit: what another site makes a visitor's browser send doesn't use up the visitor's limit.
  app.use(refuseCrossSite(log))
  app.route('/').get(showQueue(queue, pageCache)).all(allowOnly('GET, HEAD'))
  app.route('/end').get(goToEnd(queue)).all(allowOnly('GET, HEAD'))
  app.route('/add').post(limit, requiredBody, addItem(queue), explainTooLong).all(allowOnly('POST'))
  app.route('/remove').post(limit, optionalBody, removeItem(queue)).all(allowOnly('POST'))
  app.route('/events').get(streamEvents(events)).all(allowOnly('GET, HEAD'))
  app.route('/healthz').get(showHealth).all(allowOnly('GET, HEAD'))
  app.route('/readyz').get(showReadiness(findObstacle)).all(allowOnly('GET, HEAD'))
  const guard = operatorOnly(config)
  app.route('/status').all(guard).get(showStatus(status)).all(allowOnly('GET, HEAD'))
  app.route('/metrics').all(guard).get(showMetrics(metrics)).all(allowOnly('GET, HEAD'))
  app.use(files())
  app.use(() => {
    throw refusal(404, 'There is nothing at this address.')
  })
  app.use(errorHandler(queue, pageCache))
  return app
}

function render(app: Express, view: string, locals: object): Promise<string> {
  return new Promise((resolve, reject) => {
    app.render(view, locals, (error, html) => (error ? reject(error) : resolve(html)))
  })
}
