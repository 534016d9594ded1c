import type { BreakerEvents, MemcacheEvents } from '../cache/index.js'
import type { Logger } from '../process/log.js'
import type { Availability } from './Availability.js'

/** Logs a loss and a return once each, and notes them for the metrics. */
export function connectionEvents(
  log: Logger,
  what: string,
  availability: Availability,
): BreakerEvents & MemcacheEvents {
  return {
    onLost(error: unknown, server?: string) {
      availability.onLost(error)
      log.warn({ server, reason: availability.reason }, `${what} is lost`)
    },
    onRegained(awayMs: number, server?: string) {
      availability.onRegained()
      log.info({ server, awayMs: Math.round(awayMs) }, `${what} is back`)
    },
  }
}
