import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Request, Response } from 'express'
import { Turns } from '../http/Turns.js'
import type { PageCache } from '../pages/PageCache.js'
import type { Queue } from '../queue/Queue.js'
import { field } from '../requests/fields.js'
import { wantsFragment, wantsJson } from '../requests/negotiation.js'
import { type Problem, problemFor } from './problems.js'
import { noteFailure, requestId } from './requestLog.js'

const KEEPS_WHAT_WAS_TYPED = new Set([413, 422, 429, 503])
/** The browser loads an error page again after this time, even without JavaScript. */
const REFRESH_SECONDS = '5'

/** Answers every error: as JSON, as a fragment, or as a page. A refused form keeps what the visitor typed. */
export function errorHandler(queue: Queue, pageCache: PageCache): ErrorRequestHandler {
  const turns = new Turns()
  return async (error: unknown, request, response, next) => {
    const problem = problemFor(error)
    await turns.next()
    if (problem.status >= 500) noteFailure(response, error)
    if (response.headersSent) {
      next(error) // too late for an answer; Express ends the connection
      return
    }
    response.status(problem.status).set({ ...problem.headers, 'Cache-Control': 'no-store', Vary: 'Accept' })
    if (wantsJson(request)) sendJson(response, problem)
    else if (wantsFragment(request)) response.render('problem', { problem })
    else await sendPage(problem, request, response)
  }

  async function sendPage(problem: Problem, request: Request, response: Response): Promise<void> {
    const text = refusedText(problem, request)
    const front = text === undefined ? undefined : await queue.front().catch(() => undefined)
    if (text !== undefined && front) {
      const draft = { text, problem: problem.detail }
      await pageCache.sendPersonal(response, front, { draft })
      return
    }
    if (problem.status === 503 && request.method === 'GET') response.set('Refresh', REFRESH_SECONDS)
    const reference = referenceFor(problem.status, response)
    // With an id of its own, a double click on its form is one write (see `formKey`).
    response.render('error', { ...problem, text, reference, pageId: requestId(response) })
  }
}

/** https://www.rfc-editor.org/rfc/rfc9457. With the type `about:blank`, the title is HTTP's name of the status. */
function sendJson(response: Response, { status, detail }: Problem): void {
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail }
  const requestId = referenceFor(status, response)
  response.type('application/problem+json').send(JSON.stringify({ ...body, requestId }))
}

/** The request's id in the log, if the error is ours. */
function referenceFor(status: number, response: Response): string | undefined {
  return status >= 500 ? requestId(response) : undefined
}

/** The text that the visitor typed into a refused form; undefined for other requests. */
function refusedText({ status }: Problem, request: Request): string | undefined {
  const text = KEEPS_WHAT_WAS_TYPED.has(status) ? field(request.body, 'text') : undefined
  return typeof text === 'string' ? text : undefined
}
