import { InvalidConfig } from './config.js'
import { DirectoryInUse } from './db/directoryLock.js'
import { UnsuitableDatabase } from './db/migrations.js'

/** What the person who started the program can mend: its message says how, in one line, and needs no stack. */
const MENDABLE = [InvalidConfig, DirectoryInUse, UnsuitableDatabase]

/** Ends the program with exit code 1, and says why on stderr. */
export function fail(error: unknown): never {
  const isMendable = error instanceof Error && MENDABLE.some((kind) => error instanceof kind)
  console.error(isMendable ? error.message : error)
  process.exit(1)
}
