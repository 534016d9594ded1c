import { InvalidConfig, readConfig } from './config.js'
import { fail } from './process/fail.js'
import { verifyDatabase } from './verify/database.js'
import type { Finding, Report } from './verify/Finding.js'
import { verifyMemcache } from './verify/memcache.js'

const MARK: Readonly<Record<Finding['result'], string>> = { ok: '✓', note: '•', failed: '✗' }
/** MemCachier's credentials are valid after about three minutes. */
const WAIT_MS = 240_000

/**
 * `npm run verify`: whether this configuration works, line by line. Exit code 1 where something does not.
 * `--json` is for programs, `--wait` for credentials that were made a moment ago.
 */
async function main(): Promise<void> {
  const asJson = process.argv.includes('--json')
  const findings: Finding[] = []
  const report: Report = (result, name, detail) => {
    findings.push({ name, result, detail })
    if (!asJson) console.log(`${MARK[result]} ${name}: ${detail}`)
  }
  await verify(report, process.argv.includes('--wait') ? WAIT_MS : 0)
  const ok = findings.every(({ result }) => result !== 'failed')
  if (asJson) console.log(JSON.stringify({ ok, findings }))
  process.exitCode = ok ? 0 : 1
}

async function verify(report: Report, patienceMs: number): Promise<void> {
  try {
    const config = readConfig()
    report('ok', 'configuration', 'every value can be used')
    await verifyDatabase(config, report)
    await verifyMemcache(config, report, { patienceMs })
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    report('failed', 'configuration', error.message)
  }
}

main().catch(fail)
