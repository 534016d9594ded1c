import type { RequestHandler } from 'express'
import { reportCacheUse } from '../middleware/requestLog.js'
import { LaterPages } from '../pages/LaterPages.js'
import { takeNotice } from '../pages/notice.js'
import type { PageCache } from '../pages/PageCache.js'
import type { CacheUse, Queue } from '../queue/Queue.js'
import { nameVisitor } from '../requests/formKey.js'
import { wantsFragment, wantsJson } from '../requests/negotiation.js'
import { parseAfter } from '../requests/query.js'

/** `GET /`: the queue, oldest item first. */
export function showQueue(queue: Queue, pageCache: PageCache): RequestHandler {
  const laterPages = new LaterPages((id) => queue.after(id))
  return async (request, response) => {
    const after = parseAfter(request)
    const beganAtMs = performance.now()
    const load = await (after === undefined ? queue.front() : laterPages.load(after))
    const tookMs = performance.now() - beganAtMs
    response.headerList.push('Server-Timing', serverTiming(load.cache, tookMs))
    if (load.cache) reportCacheUse(response, `${load.cache.name}; ${load.cache.status}`)
    const type = wantsJson(request) ? 'json' : 'html'
    const isVisit =
      request.method === 'GET' && type === 'html' && after === undefined && !wantsFragment(request)
    if (isVisit) nameVisitor(request, response)
    const notice = isVisit ? takeNotice(request, response) : undefined
    if (notice) await pageCache.sendPersonal(response, load, notice)
    else await pageCache.send(response, load, { type, after })
  }
}

/** Where the page came from and how long that took. Scripts in the page can read this header, unlike others. */
function serverTiming(cache: CacheUse | undefined, tookMs: number): string {
  const from = cache?.status === 'hit' ? cache.name : 'postgres'
  return `queue;desc="${from}";dur=${tookMs.toFixed(2)}`
}
