import { createServer } from 'node:http'
import memjs from 'memjs'

// The minimum with Node and memcache: one get, then a finished page is sent. It promises no freshness.
const [port, memcache = '', key = ''] = process.argv.slice(2)
const cache = memjs.Client.create(memcache)

createServer(async (_request, response) => {
  const { value } = await cache.get(key)
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': value?.length ?? 0,
  })
  response.end(value)
}).listen(Number(port), '127.0.0.1')
