import { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'

declare module 'express-serve-static-core' {
  interface Response {
    /**
     * Headers that Node is given all at once, name and value in turn. Set one by one (`setHeader`) they would take as long
     * as all else that Express does for a page. If one of the same name is set too, this one is sent.
     */
    headerList: string[]
  }
}

/**
 * Kinds of request and response for Node's server that are born with an Express app's prototypes.
 *
 * Express gives each request and response another prototype when it arrives, and V8 takes back all that it had
 * optimised for an object whose prototype changes: of a page load's time that was more than all the rest of Node
 * and Express. If they have the right one from the start, Express's `setPrototypeOf` finds nothing to change.
 */
export function messagesOf(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse<R extends IncomingMessage> extends ServerResponse<R> {
    headerList: string[] = []

    /** @param headers name and value in turn; Node itself calls it without any */
    override writeHead(statusCode: number, headers: unknown = []): this {
      if (!Array.isArray(headers)) throw new TypeError('Give the headers as a flat list.')
      return super.writeHead(statusCode, [...this.headerList, ...headers])
    }
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request)
  Object.setPrototypeOf(AppResponse.prototype, app.response)
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype })
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse }
}
