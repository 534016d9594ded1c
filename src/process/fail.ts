import { InvalidConfig } from '../config.js'
import { DirectoryInUse } from '../db/embedded/directoryLock.js'
import { DatabaseUnavailable } from '../db/errors.js'
import { UnsuitableDatabase } from '../db/migrations.js'

/** Errors that the person who started the program can fix: the message says how, so no stack is shown. */
const FIXABLE = [InvalidConfig, DirectoryInUse, UnsuitableDatabase, DatabaseUnavailable]

/** Writes the reason to stderr and ends the program with exit code 1. */
export function fail(error: unknown): never {
  const isFixable = error instanceof Error && FIXABLE.some((kind) => error instanceof kind)
  console.error(isFixable ? error.message : error)
  process.exit(1)
}
