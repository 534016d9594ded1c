import { createRequire } from 'node:module'
import { type Logger, pino } from 'pino'
import type { Config } from './config.js'
import { LogOutput, neverBlock } from './LogOutput.js'

export type { Logger }

const MOST_CAUSES = 5
/** What a line of a request shows in its text already. */
const REQUEST_FIELDS = 'method,path,status,ms,cache'

/** One JSON object a line on stdout in production, readable lines elsewhere. Never waits for whoever reads them. */
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
  // Loaded only here: it takes 8 MB, which a process in production can do without.
  const { prettyFactory }: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty')
  const ignore = `${REQUEST_FIELDS},id`
  return prettyFactory({ translateTime: 'HH:MM:ss', singleLine: true, ignore, messageFormat })
}

/**
 * An error as it may be logged: with its stack and causes, but without the other fields that libraries put on errors,
 * because those may be a request's body or an address with its password.
 */
function errorForLog(error: unknown, causesLeft = MOST_CAUSES): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const because = cause !== undefined && causesLeft > 0 ? { cause: errorForLog(cause, causesLeft - 1) } : {}
  return { type: name, message, ...code, stack, ...because }
}

/** On a terminal: `GET / 200, 0.4 ms, memcache; hit`, and the id that the page of an error shows. */
function messageFormat(line: Record<string, unknown>, messageKey: string): string {
  const { method, path, status, ms, cache, id } = line
  if (method === undefined) return String(line[messageKey])
  const result = cache === undefined ? '' : `, ${cache}`
  const reference = Number(status) >= 500 ? `, ${id}` : ''
  return `${method} ${path} ${status}, ${ms} ms${result}${reference}`
}
