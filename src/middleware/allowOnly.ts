import type { RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

/**
 * Lets these methods pass. Answers all others with 405, and `OPTIONS` (which HAProxy's health checks use) with the
 * allowed methods.
 */
export function allowOnly(methods: string): RequestHandler {
  const allowed = methods.split(', ')
  return (request, response, next) => {
    if (allowed.includes(request.method)) return next()
    if (request.method !== 'OPTIONS') throw refusal(405, `Allowed here: ${methods}.`, { Allow: methods })
    response.set({ Allow: methods, 'Cache-Control': 'no-store' }).status(204).end()
  }
}
