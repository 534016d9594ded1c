import { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'

declare module 'express-serve-static-core' {
  interface Response {
    /**
     * Headers that Node gets all at once, name and value in turn. To set them one by one (`setHeader`) would take as
     * long as everything else that Express does for a page. If a header of the same name is set too, this one is sent.
     * A name may stand in it twice (`Set-Cookie`). But if any header is set, Node 20 sends only the last of the two.
     */
    headerList: string[]
  }
}

/**
 * Classes of request and response for Node's server that have an Express app's prototypes from the start.
 *
 * Express gives each request and response another prototype when it arrives. When an object's prototype changes, V8
 * discards its optimisations. That took more time of a page load than the rest of Node and Express. With the right
 * prototype from the start, Express's `setPrototypeOf` has nothing to change.
 */
export function messagesOf(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse<R extends IncomingMessage> extends ServerResponse<R> {
    headerList: string[] = []

    /** @param headers name and value in turn; Node itself calls it without headers */
    override writeHead(statusCode: number, headers: unknown = []): this {
      if (!Array.isArray(headers)) throw new TypeError('Give the headers as a flat list.')
      this.headerList.push(...headers)
      return super.writeHead(statusCode, this.headerList)
    }
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request)
  Object.setPrototypeOf(AppResponse.prototype, app.response)
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype })
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse }
}
