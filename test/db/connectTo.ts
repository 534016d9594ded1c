import { parseConfig } from '../../src/config.js'
import { PostgresDatabase } from '../../src/db/postgres/PostgresDatabase.js'

export const READERS = 3

/** The database at this address. It has not connected yet. */
export function connectTo(url: string): PostgresDatabase {
  const { postgres } = parseConfig({ DATABASE_URL: url })
  if (!postgres) throw new Error('there is no address')
  return new PostgresDatabase({ address: postgres, readers: READERS, onIdleLoss: () => {} })
}
