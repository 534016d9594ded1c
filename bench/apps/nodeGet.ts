import { createServer } from 'node:http'
import memjs from 'memjs'

// The least that Node and memcache can do: one get, and a finished page is sent. Promises nothing at all.
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
