import type { RequestHandler } from 'express'
import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from '../http/Turns.js'

/** `GET /metrics`: the figures for Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function showMetrics(metrics: () => Promise<string>): RequestHandler {
  const shared = new SingleFlight(metrics)
  const turns = new Turns()
  return async (_request, response) => {
    const text = await shared.startedAfter(performance.now())
    await turns.next()
    response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.send(text)
  }
}
