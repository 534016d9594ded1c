import { fileURLToPath } from 'node:url'
import express from 'express'
import memjs from 'memjs'
import pg from 'pg'

// The way of most tutorials: read through the cache, parse, render; after a write, query again and set.
// It can go stale (docs/how-the-cache-stays-true.md says how). Here it only shows its speed.
const [port, memcache = '', databaseUrl] = process.argv.slice(2)
const KEY = 'tutorial'
const cache = memjs.Client.create(memcache)
const database = new pg.Pool({ connectionString: databaseUrl })
const app = express()
app.set('views', fileURLToPath(new URL('.', import.meta.url)))
app.set('view engine', 'ejs')

app.get('/', async (_request, response) => {
  const { value } = await cache.get(KEY)
  const items = value ? JSON.parse(value.toString()) : await refresh()
  response.render('tutorial', { items })
})

app.post('/add', express.urlencoded(), async (request, response) => {
  await database.query('insert into tutorial_item (text) values ($1)', [request.body.text])
  await refresh()
  response.redirect(303, '/')
})

async function refresh(): Promise<unknown[]> {
  const { rows } = await database.query('select id, text from tutorial_item order by id')
  // The server refuses values over 1 MB. Then every load asks Postgres.
  await cache.set(KEY, JSON.stringify(rows), { expires: 500 }).catch(() => {})
  return rows
}

app.listen(Number(port), '127.0.0.1')
