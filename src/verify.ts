import { InvalidConfig, readConfig } from './config.js'
import { fail } from './process/fail.js'
import { verifyDatabase } from './verify/database.js'
import { verifyMemcache } from './verify/memcache.js'
import type { Report } from './verify/Report.js'

const MARKS = { ok: '✓', note: '•', failed: '✗' }
/** MemCachier's new credentials become valid after about three minutes. */
const WAIT_MS = 240_000

const report: Report = (status, name, detail) => {
  console.log(`${MARKS[status]} ${name}: ${detail}`)
  if (status === 'failed') process.exitCode = 1
}

/**
 * `npm run verify`: checks line by line whether this configuration works. The exit code is 1 if something doesn't.
 * `--wait` goes on while memcache refuses new credentials.
 */
async function main(): Promise<void> {
  try {
    const config = readConfig()
    report('ok', 'configuration', 'every value can be used')
    await verifyDatabase(config, report)
    await verifyMemcache(config, report, process.argv.includes('--wait') ? WAIT_MS : 0)
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    report('failed', 'configuration', error.message)
  }
}

main().catch(fail)
