import { app, cache, type Page, queue, sendChange, sendPage } from './parts/app.js'

// The article's last step: each write puts the new page into the cache. "Now the cache will not ever be out-of-date."
const KEY = 'queue'

app.get('/', async (_request, response) => {
  const cached = await cachedPage()
  if (cached) return sendPage(response, cached, 'hit')
  sendPage(response, await refresh(), 'miss')
})

app.post('/add', async (request, response) => {
  const change = await queue.add(request.body.text)
  await refresh()
  sendChange(response, change)
})

app.post('/remove', async (_request, response) => {
  const change = await queue.remove()
  await refresh()
  sendChange(response, change)
})

async function refresh(): Promise<Page> {
  const page = await queue.load()
  await cache.set(KEY, JSON.stringify(page)).catch(ignore)
  return page
}

async function cachedPage(): Promise<Page | undefined> {
  const { value } = await cache.get(KEY).catch(() => ({ value: null })) // as in the article: an error is a miss
  return value ? JSON.parse(value.toString()) : undefined
}

/** As in the article: errors of memcache are ignored. */
function ignore(): void {}
