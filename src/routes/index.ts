import type { RequestHandler } from 'express'
import type { CacheUse, Queue } from '../queue/Queue.js'
import { type Pages, sendRepresentation } from './pages.js'
import { parseAfter, wantsJson } from './requests.js'

/** `GET /`: the queue, oldest item first. */
export function showQueue(queue: Queue, pages: Pages): RequestHandler {
  return async (request, response) => {
    const after = parseAfter(request.query.after)
    const beganAtMs = performance.now()
    const load = await (after === undefined ? queue.front() : queue.after(after))
    const tookMs = performance.now() - beganAtMs
    if (load.cache) response.set('Cache-Status', `${load.cache.name}; ${load.cache.status}`)
    response.set('Server-Timing', serverTiming(load.cache, tookMs))
    sendRepresentation(response, await pages.page(wantsJson(request) ? 'json' : 'html', load, { after }))
  }
}

/** Where the page came from and how long that took; a script in the page can read it, unlike other headers. */
function serverTiming(cache: CacheUse | undefined, tookMs: number): string {
  const from = cache?.status === 'hit' ? cache.name : 'postgres'
  return `queue;desc="${from}";dur=${tookMs.toFixed(2)}`
}
