import { rm, writeFile } from 'node:fs/promises'

// What editors, archives and systems leave beside the migrations. Written before the app is loaded, which looks once.
const FILES = [
  '._001_create_queue.sql',
  '.#003_page_plan.sql',
  '003_page_plan.sql~',
  '004 copy.sql',
  '.DS_Store',
]

function place(file: string): URL {
  return new URL(`../../migrations/${encodeURIComponent(file)}`, import.meta.url)
}

beforeAll(async () => {
  for (const file of FILES) await writeFile(place(file), '\0 not SQL')
})

afterAll(async () => {
  for (const file of FILES) await rm(place(file), { force: true })
})

test('files of editors and archives beside the migrations do no harm', async () => {
  const { createDatabase } = await import('../support/database.js')
  const { startTestApp } = await import('../support/testApp.js')
  const database = await createDatabase()
  const app = await startTestApp({ DATABASE_URL: database.url, MEMCACHIER_SERVERS: '' })
  try {
    await app.services.database.migrate()
    await app.get('/readyz').expect(200)
    await app.add('works')
  } finally {
    await app.close()
    await database.drop()
  }
})
