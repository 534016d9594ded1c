import type { RequestHandler } from 'express'

/** `GET /metrics`: the figures for Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function showMetrics(metrics: () => Promise<string>): RequestHandler {
  return async (_request, response) => {
    const text = await metrics()
    response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.send(text)
  }
}
