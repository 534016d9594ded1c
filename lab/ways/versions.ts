import { app, cache, type Page, queue, sendChange, sendPage } from './parts/app.js'

// What good engineers try next: no page replaces a newer one, because each has a version, and memcache's
// compare-and-swap stores nothing over what was not read before.
const KEY = 'queue'
const MAX_TRIES = 5

app.get('/', async (_request, response) => {
  const { value } = await cache.get(KEY).catch(() => ({ value: null }))
  if (value) return sendPage(response, JSON.parse(value.toString()), 'hit')
  const page = await queue.load()
  await store(page).catch(ignore)
  sendPage(response, page, 'miss')
})

app.post('/add', async (request, response) => {
  const change = await queue.add(request.body.text)
  await store(await queue.load()).catch(ignore)
  sendChange(response, change)
})

app.post('/remove', async (_request, response) => {
  const change = await queue.remove()
  await store(await queue.load()).catch(ignore)
  sendChange(response, change)
})

async function store(page: Page): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = await cache.gets(KEY)
    if (!found) {
      if (await cache.add(KEY, JSON.stringify(page))) return
    } else {
      if (JSON.parse(found.value.toString()).version >= page.version) return
      if (await cache.cas(KEY, JSON.stringify(page), found.token)) return
    }
  }
}

/** If the cache can't be reached, the page comes from Postgres. */
function ignore(): void {}
