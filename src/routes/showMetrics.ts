import type { RequestHandler } from 'express'
import { SharedRun } from '../cache/SharedRun.js'
import { Turns } from '../http/Turns.js'

/** `GET /metrics`: the figures for Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function showMetrics(metrics: () => Promise<string>): RequestHandler {
  const shared = new SharedRun(metrics)
  const turns = new Turns()
  return async (_request, response) => {
    const text = await shared.since(performance.now())
    await turns.next()
    response.set({ 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.send(text)
  }
}
