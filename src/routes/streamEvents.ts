import type { RequestHandler } from 'express'
import type { EventStreams } from '../pages/EventStreams.js'

/** `GET /events`: this release's name, the queue's version and length, at once and whenever they change, and a beat. */
export function streamEvents(streams: EventStreams): RequestHandler {
  return async (request, response) => {
    if (request.method === 'HEAD') response.type('text/event-stream').end()
    else await streams.open(request, response)
  }
}
