import { readConfig } from './config.js'
import { openDatabase } from './openDatabase.js'
import { checkDataDir } from './process/dataDir.js'
import { fail } from './process/fail.js'
import { createLog } from './process/log.js'

/** The release step: applies the missing migrations. If one fails, the exit code is 1 and the old release stays. */
async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config)
  await checkDataDir(config)
  const database = await openDatabase(config, log)
  try {
    await database.migrate()
    log.info('The database is migrated.')
  } finally {
    await database.close()
  }
}

main().catch(fail)
