import { app, cache, type Page, queue, sendChange, sendPage } from './parts/app.js'

// The article's second step: each write deletes the key, and the next page load fills it again.
const KEY = 'queue'

app.get('/', async (_request, response) => {
  const cached = await cachedPage()
  if (cached) return sendPage(response, cached, 'hit')
  const page = await queue.load()
  await cache.set(KEY, JSON.stringify(page)).catch(ignore)
  sendPage(response, page, 'miss')
})

app.post('/add', async (request, response) => {
  const change = await queue.add(request.body.text)
  await cache.delete(KEY).catch(ignore)
  sendChange(response, change)
})

app.post('/remove', async (_request, response) => {
  const change = await queue.remove()
  await cache.delete(KEY).catch(ignore)
  sendChange(response, change)
})

async function cachedPage(): Promise<Page | undefined> {
  const { value } = await cache.get(KEY).catch(() => ({ value: null })) // as in the article: an error is a miss
  return value ? JSON.parse(value.toString()) : undefined
}

/** As in the article: errors of memcache are ignored. */
function ignore(): void {}
