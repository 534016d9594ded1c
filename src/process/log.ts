import { createRequire } from 'node:module'
import { type Logger, pino } from 'pino'
import type { Config } from '../config.js'
import { LogOutput, neverBlock } from './LogOutput.js'

export type { Logger }

const MAX_CAUSES = 5
/** Already in the text of a request's line. */
const REQUEST_FIELDS = 'method,path,status,ms,cache'

/** Logs to stdout: one JSON object a line in production, readable lines elsewhere. Never waits for the reader. */
export function createLog({ logLevel, isProduction }: Pick<Config, 'logLevel' | 'isProduction'>): Logger {
  const output = new LogOutput(process.stdout, (droppedLines) =>
    log.warn({ droppedLines }, 'log lines could not be written and are lost'),
  )
  neverBlock(process.stderr) // Node's own warnings go there
  const readable = isProduction ? undefined : readableLines()
  const log = pino(
    { level: logLevel, base: null, serializers: { err: (error: unknown) => errorForLog(error) } },
    { write: (line: string) => output.write(readable ? readable(line) : line) },
  )
  return log
}

function readableLines(): (line: string) => string {
  // Loaded on demand: it takes 8 MB, and production does not need it.
  const { prettyFactory }: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty')
  const ignore = `${REQUEST_FIELDS},id`
  return prettyFactory({ translateTime: 'HH:MM:ss', singleLine: true, ignore, messageFormat })
}

/**
 * An error as it may be logged: type, message, code, stack and causes. Other fields that libraries put on errors are
 * left out, because they may hold a request's body or a URL with its password.
 */
function errorForLog(error: unknown, causesLeft = MAX_CAUSES): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const because = cause !== undefined && causesLeft > 0 ? { cause: errorForLog(cause, causesLeft - 1) } : {}
  return { type: name, message, ...code, stack, ...because }
}

/** On a terminal: `GET / 200, 0.4 ms, memcache; hit`. An error's line ends with the id that its page shows. */
function messageFormat(line: Record<string, unknown>, messageKey: string): string {
  const { method, path, status, ms, cache, id } = line
  if (method === undefined) return String(line[messageKey])
  const result = cache === undefined ? '' : `, ${cache}`
  const reference = Number(status) >= 500 ? `, ${id}` : ''
  return `${method} ${path} ${status}, ${ms} ms${result}${reference}`
}
