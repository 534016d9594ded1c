import express, { type Response } from 'express'
import { MemcacheWithCas } from './MemcacheWithCas.js'
import { type Change, type Page, QueueTable } from './QueueTable.js'
import { RecordedCache } from './RecordedCache.js'
import { inRequest } from './recorder.js'
import { settings } from './settings.js'

// The parts that every way shares: an Express app that listens, the table, the cache, and how answers are sent.

export type { Page }

export const cache = new RecordedCache(new MemcacheWithCas(settings.memcacheServers))
export const queue = new QueueTable(settings.databaseUrl, settings.slowQueryMs)
export const app = express()

app.use((request, _response, next) => inRequest(request.get('X-Request-Id') ?? '', next))
app.use(express.json())
app.get('/healthz', (_request, response) => {
  response.sendStatus(200)
})
app.listen(settings.port, '127.0.0.1')

export function sendPage(response: Response, page: Page, outcome: 'hit' | 'miss'): void {
  response.set('Cache-Status', outcome === 'hit' ? 'memcache; hit' : 'memcache; fwd=miss')
  response.json({ ...page, next: null, current: true })
}

export function sendChange(response: Response, change: Change): void {
  response.json(change)
}
