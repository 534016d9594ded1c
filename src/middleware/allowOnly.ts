import type { RequestHandler } from 'express'
import { refusal } from '../http/refusal.js'

/** Answers every other method: `OPTIONS`, with which load balancers such as HAProxy check, by what is allowed. */
export function allowOnly(methods: string): RequestHandler {
  return (request, response) => {
    if (request.method !== 'OPTIONS') throw refusal(405, `Allowed here: ${methods}.`, { Allow: methods })
    response.set({ Allow: methods, 'Cache-Control': 'no-store' }).status(204).end()
  }
}
