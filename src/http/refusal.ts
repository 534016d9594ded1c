import createError, { type HttpError } from 'http-errors'

/**
 * An error that is answered with this status.
 * @param detail what is wrong and what to do, for the person or program that sent the request
 * @param headers headers that belong to the status, such as `Retry-After`
 */
export function refusal(status: number, detail: string, headers: Record<string, string> = {}): HttpError {
  return createError(status, detail, { detail, headers })
}

/** The refusal (429) of somebody who has to wait. @param reason a whole sentence */
export function tooManyRequests(reason: string, waitSeconds: number): HttpError {
  const wait = waitSeconds === 1 ? '1 second' : `${waitSeconds} seconds`
  return refusal(429, `${reason} Try again in ${wait}.`, { 'Retry-After': String(waitSeconds) })
}

/** Whether an error is a refusal of ours. The messages of Express and its parsers are not meant for visitors. */
export function isRefusal(error: unknown): error is HttpError & { readonly detail: string } {
  return createError.isHttpError(error) && typeof error.detail === 'string'
}
