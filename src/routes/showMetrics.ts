import type { RequestHandler } from 'express'
import { sharedInTurns } from '../http/sharedInTurns.js'

/** `GET /metrics`: the metrics for Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function showMetrics(metrics: () => Promise<string>): RequestHandler {
  const shared = sharedInTurns(metrics)
  return async (_request, response) => {
    const text = await shared()
    response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.send(text)
  }
}
