import { type Config, parseConfig } from '../../src/config.js'
import type { Report } from '../../src/verify/Report.js'

type Status = Parameters<Report>[0]
type Check = (config: Config, report: Report) => Promise<void>

interface CheckResult {
  readonly status: Status
  readonly name: string
  readonly detail: string
}

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
export function checkResult(status: Status, name: string, words = '') {
  return { status, name: expect.stringContaining(name), detail: expect.stringContaining(words) }
}
