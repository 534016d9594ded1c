import { existsSync, readFileSync } from 'node:fs'

const LIMITS = '/proc/self/limits'

/** How many files and connections the operating system lets this process open (`ulimit -n`). Infinite if it doesn't say. */
export function maxOpenFiles(): number {
  if (!existsSync(LIMITS)) return Number.POSITIVE_INFINITY // not Linux
  const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync(LIMITS, 'utf8')) ?? []
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}
