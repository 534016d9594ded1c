import type { RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

/** Answers all other methods with 405, and `OPTIONS` (which HAProxy's health checks use) with the allowed methods. */
export function allowOnly(methods: string): RequestHandler {
  return (request, response) => {
    if (request.method !== 'OPTIONS') throw refusal(405, `Allowed here: ${methods}.`, { Allow: methods })
    response.set({ Allow: methods, 'Cache-Control': 'no-store' }).status(204).end()
  }
}
