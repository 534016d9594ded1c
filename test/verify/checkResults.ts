import { type Config, parseConfig } from '../../src/config.js'
import type { Finding, Report } from '../../src/verify/Finding.js'

type Check = (config: Config, report: Report) => Promise<void>

/** What a part of `npm run verify` reports in an environment. */
export async function findings(check: Check, environment: Record<string, string>): Promise<Finding[]> {
  const found: Finding[] = []
  await check(parseConfig(environment), (result, name, detail) => found.push({ name, result, detail }))
  return found
}

/** As a matcher: one finding with this result and these words in its detail. */
export function finding(result: Finding['result'], name: string, words = '') {
  return { result, name: expect.stringContaining(name), detail: expect.stringContaining(words) }
}
