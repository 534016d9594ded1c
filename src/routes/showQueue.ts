import type { RequestHandler } from 'express'
import { reportCacheUse } from '../middleware/requestLog.js'
import { formatNumber } from '../pages/formatNumber.js'
import { LaterPages } from '../pages/LaterPages.js'
import { type Notice, takeNotice } from '../pages/notice.js'
import type { PageCache } from '../pages/PageCache.js'
import type { Personal } from '../pages/PersonalPage.js'
import { sendPersonalPage } from '../pages/sendPersonalPage.js'
import type { CacheUse, Queue } from '../queue/Queue.js'
import { visitorCookie } from '../requests/formKey.js'
import { encodingFor, wantsFragment, wantsJson } from '../requests/negotiation.js'
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
    const cookie = isVisit ? visitorCookie(request) : undefined
    const notice = isVisit ? takeNotice(request, response) : undefined
    if (notice) {
      if (cookie !== undefined) response.append('Set-Cookie', cookie) // beside the one that takeNotice has set
      response.set('Vary', 'Accept, Accept-Encoding')
      sendPersonalPage(response, await pageCache.forOne(load, personalOf(notice), encodingFor(request)))
      return
    }
    if (cookie !== undefined) response.headerList.push('Set-Cookie', cookie)
    await (await pageCache.page(load, { type, after })).send(response)
  }
}

function personalOf(notice: Notice): Personal {
  if ('removed' in notice) return { removed: { item: notice.removed } }
  const { text, id, position } = notice.added
  return { added: { text, position: formatNumber(position), href: placeOf(id) } }
}

/** The address of the page that begins with this item. */
function placeOf(id: number): string {
  return `${id > 1 ? `/?after=${id - 1}` : '/'}#item-${id}`
}

/** Where the page came from and how long that took. Scripts in the page can read this header, unlike others. */
function serverTiming(cache: CacheUse | undefined, tookMs: number): string {
  const from = cache?.status === 'hit' ? cache.name : 'postgres'
  return `queue;desc="${from}";dur=${tookMs.toFixed(2)}`
}
