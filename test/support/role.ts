import type { TestDatabase } from './database.js'

export interface TestRole {
  readonly name: string
  /** The `DATABASE_URL` with which it signs in. */
  readonly url: string
  /** Drops it with all that it owns. Fails while it is connected. */
  drop(): Promise<void>
}

/** Makes a role that signs in with a password, and gives it these rights. */
export async function createRole(
  database: TestDatabase,
  rights: (name: string) => string,
): Promise<TestRole> {
  const name = `role_of_${database.name}`
  await database.execute(`create role ${name} login password 'secret'; ${rights(name)}`)
  const url = new URL(database.url)
  url.username = name
  url.password = 'secret'
  const drop = () => database.execute(`drop owned by ${name} cascade; drop role ${name}`)
  return { name, url: url.href, drop }
}
