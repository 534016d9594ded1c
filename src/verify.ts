import { InvalidConfig, readConfig } from './config.js'
import { fail } from './process/fail.js'
import type { CheckResult, Report } from './verify/CheckResult.js'
import { verifyDatabase } from './verify/database.js'
import { verifyMemcache } from './verify/memcache.js'

const MARKS: Readonly<Record<CheckResult['status'], string>> = { ok: '✓', note: '•', failed: '✗' }
/** MemCachier's new credentials become valid after about three minutes. */
const WAIT_MS = 240_000

/**
 * `npm run verify`: checks line by line whether this configuration works. The exit code is 1 if something doesn't.
 * `--json` prints for programs; `--wait` goes on while memcache refuses new credentials.
 */
async function main(): Promise<void> {
  const asJson = process.argv.includes('--json')
  const checks: CheckResult[] = []
  const report: Report = (status, name, detail) => {
    checks.push({ name, status, detail })
    if (!asJson) console.log(`${MARKS[status]} ${name}: ${detail}`)
  }
  await verify(report, process.argv.includes('--wait') ? WAIT_MS : 0)
  const ok = checks.every(({ status }) => status !== 'failed')
  if (asJson) console.log(JSON.stringify({ ok, checks }))
  process.exitCode = ok ? 0 : 1
}

async function verify(report: Report, retryForMs: number): Promise<void> {
  try {
    const config = readConfig()
    report('ok', 'configuration', 'every value can be used')
    await verifyDatabase(config, report)
    await verifyMemcache(config, report, { retryForMs })
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    report('failed', 'configuration', error.message)
  }
}

main().catch(fail)
