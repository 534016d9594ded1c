import { readConfig } from './config.js'
import { checkDataDir } from './dataDir.js'
import { fail } from './fail.js'
import { createLog } from './log.js'
import { openDatabase } from './services.js'

/** The release step: applies the migrations that are missing, and fails where one does, so that the old release stays. */
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
