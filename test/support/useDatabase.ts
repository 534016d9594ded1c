import { createDatabase, type TestDatabase } from './database.js'

/** The database of the tests that run. */
export let database: TestDatabase

/** Makes it for the tests of this file or `describe`: an empty one, or one made in another way. */
export function useDatabase(create: () => Promise<TestDatabase> = createDatabase): void {
  beforeAll(async () => {
    database = await create()
  })

  afterAll(() => database.drop())
}
