import { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'

/**
 * Kinds of request and response for Node's server that are born with an Express app's prototypes.
 *
 * Express gives each request and response another prototype when it arrives, and V8 takes back all that it had
 * optimised for an object whose prototype changes: of a page load's time that was more than all the rest of Node
 * and Express. Where they have the right one from the start, Express's `setPrototypeOf` finds nothing to change.
 */
export function messagesOf(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<AppRequest> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request)
  Object.setPrototypeOf(AppResponse.prototype, app.response)
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype })
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse }
}
