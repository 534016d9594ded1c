import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.js'

export type { Logger }

/** One JSON object a line in production, readable lines elsewhere. */
export function createLog({ logLevel, isProduction }: Pick<Config, 'logLevel' | 'isProduction'>): Logger {
  const options = { level: logLevel, base: null }
  return isProduction ? pino(options) : pino(options, pretty({ translateTime: 'HH:MM:ss', sync: true }))
}
