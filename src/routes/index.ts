import type { RequestHandler } from 'express'
import type { CacheUse, Queue } from '../queue/Queue.js'
import { wantsJson } from './negotiation.js'
import { type Pages, sendToOne } from './pages.js'
import { takeRemoval } from './removalNotice.js'
import { parseAfter, wantsFragment } from './requests.js'

/** `GET /`: the queue, oldest item first. */
export function showQueue(queue: Queue, pages: Pages): RequestHandler {
  return async (request, response) => {
    // Express parses the query anew each time it is asked for; most visitors come without one.
    const after = request.url === '/' ? undefined : parseAfter(request.query.after)
    const beganAtMs = performance.now()
    const load = await (after === undefined ? queue.front() : queue.after(after))
    const tookMs = performance.now() - beganAtMs
    if (load.cache) response.setHeader('Cache-Status', `${load.cache.name}; ${load.cache.status}`)
    response.setHeader('Server-Timing', serverTiming(load.cache, tookMs))
    const type = wantsJson(request) ? 'json' : 'html'
    const isVisit = type === 'html' && after === undefined && !wantsFragment(request)
    const removed = isVisit ? takeRemoval(request, response) : undefined
    if (removed) sendToOne(response, await pages.forOne(load, { removed }))
    else await (await pages.page(load, { type, after })).send(response)
  }
}

/** Where the page came from and how long that took; a script in the page can read it, unlike other headers. */
function serverTiming(cache: CacheUse | undefined, tookMs: number): string {
  const from = cache?.status === 'hit' ? cache.name : 'postgres'
  return `queue;desc="${from}";dur=${tookMs.toFixed(2)}`
}
