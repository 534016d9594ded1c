import { app, cache, type Page, queue, sendChange, sendPage } from './parts/app.js'

// The article's first step: a page may be cached for five seconds. Writes don't touch the cache.
const KEY = 'queue'
const EXPIRES_SECONDS = 5

app.get('/', async (_request, response) => {
  const cached = await cachedPage()
  if (cached) return sendPage(response, cached, 'hit')
  const page = await queue.load()
  await cache.set(KEY, JSON.stringify(page), { expires: EXPIRES_SECONDS }).catch(ignore)
  sendPage(response, page, 'miss')
})

app.post('/add', async (request, response) => {
  sendChange(response, await queue.add(request.body.text))
})

app.post('/remove', async (_request, response) => {
  sendChange(response, await queue.remove())
})

async function cachedPage(): Promise<Page | undefined> {
  const { value } = await cache.get(KEY).catch(() => ({ value: null })) // as in the article: an error is a miss
  return value ? JSON.parse(value.toString()) : undefined
}

/** As in the article: errors of memcache are ignored. */
function ignore(): void {}
