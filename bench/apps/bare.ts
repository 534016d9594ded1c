import express from 'express'
import memjs from 'memjs'

// The minimum with Express and memcache: one get, then a finished page is sent. It promises no freshness.
const [port, memcache = '', key = ''] = process.argv.slice(2)
const cache = memjs.Client.create(memcache)
const app = express()

app.get('/', async (_request, response) => {
  const { value } = await cache.get(key)
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.setHeader('Content-Length', value?.length ?? 0)
  response.end(value)
})

app.listen(Number(port), '127.0.0.1')
