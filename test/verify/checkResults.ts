import { type Config, parseConfig } from '../../src/config.js'
import type { CheckResult, Report } from '../../src/verify/CheckResult.js'

type Check = (config: Config, report: Report) => Promise<void>

/** What a part of `npm run verify` reports in an environment. */
export async function checkResults(
  check: Check,
  environment: Record<string, string>,
): Promise<CheckResult[]> {
  const found: CheckResult[] = []
  await check(parseConfig(environment), (status, name, detail) => found.push({ name, status, detail }))
  return found
}

/** A matcher for a check result with this status, this in its name and these words in its detail. */
export function checkResult(status: CheckResult['status'], name: string, words = '') {
  return { status, name: expect.stringContaining(name), detail: expect.stringContaining(words) }
}
