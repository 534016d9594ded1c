import type { RequestHandler } from 'express'
import type { EventStreams } from './EventStreams.js'

/** `GET /events`: the queue's version and length, at once and whenever they change. */
export function streamEvents(streams: EventStreams): RequestHandler {
  return async (request, response) => {
    if (request.method === 'HEAD') response.type('text/event-stream').end()
    else await streams.open(response)
  }
}
