import { parseConfig } from '../../src/config.js'
import { PostgresDatabase } from '../../src/db/postgres/PostgresDatabase.js'

export const POOLS = { readers: 3, writers: 2 }

/** The database at this address. It has not connected yet. */
export function connectTo(url: string): PostgresDatabase {
  const { postgres } = parseConfig({ DATABASE_URL: url })
  if (!postgres) throw new Error('there is no address')
  return new PostgresDatabase({ address: postgres, pools: POOLS, onIdleLoss: () => {} })
}
