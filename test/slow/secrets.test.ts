import { createMigratedDatabase } from '../support/database.js'
import { until } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { procfileCommand, runCommand, startWeb, type WebProcess } from '../support/webProcess.js'

/** Each is somewhere where only its owner may find it. */
const SECRET = {
  database: 'secret-of-the-database',
  memcache: 'secret-of-memcache',
  operator: 'secret-of-the-operator',
  authorization: 'secret-in-a-header',
  cookie: 'secret-in-a-cookie',
  query: 'secret-in-a-query',
  body: 'secret-in-a-body',
}
const HEADERS = {
  Authorization: `Bearer ${SECRET.authorization}`,
  Cookie: `session=${SECRET.cookie}`,
  'X-Request-Id': 'asked-by-a-test',
}
const BROKEN = `
  create or replace function write_batch(
    writes json, page_size int, budget_ms int, known_version bigint, known_last_id bigint
  ) returns json language plpgsql
  as $$ begin raise data_exception using message = 'broken', detail = writes, hint = writes; end $$`

const AWAY = `postgres://me:${SECRET.database}@127.0.0.1:1/queue`

let web: WebProcess | undefined

useDatabase(createMigratedDatabase)

afterEach(async () => {
  await web?.stop()
  web = undefined
})

function environment(databaseUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    MEMCACHIER_SERVERS: '127.0.0.1:1',
    MEMCACHIER_USERNAME: 'me',
    MEMCACHIER_PASSWORD: SECRET.memcache,
    OPERATOR_PASSWORD: SECRET.operator,
    LOG_LEVEL: 'trace',
  }
}

/** Sends requests that go wrong in every way that can be had, and collects the answers. */
async function provoke({ url }: WebProcess): Promise<string[]> {
  const operator = Buffer.from(`operator:${SECRET.operator}`).toString('base64')
  const answers = [
    fetch(`${url}/?after=${SECRET.query}`, { headers: HEADERS }),
    fetch(`${url}/nope?${SECRET.query}`, { headers: { ...HEADERS, Accept: 'application/json' } }),
    fetch(`${url}/add`, {
      method: 'POST',
      headers: HEADERS,
      body: new URLSearchParams({ text: SECRET.body }),
    }),
    fetch(`${url}/add?${SECRET.query}`, {
      method: 'POST',
      headers: { ...HEADERS, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: `{"text":"${SECRET.body}"`,
    }),
    fetch(`${url}/status`, { headers: HEADERS }),
    fetch(`${url}/status`, { headers: { Authorization: `Basic ${operator}` } }),
    fetch(`${url}/metrics`, { headers: { Authorization: `Basic ${operator}` } }),
  ]
  return await Promise.all(answers.map(async (answer) => (await answer).text()))
}

function expectNoSecret(texts: readonly string[], secrets = Object.values(SECRET)): void {
  for (const secret of secrets) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([])
    expect(texts.filter((text) => text.includes(Buffer.from(secret).toString('base64')))).toEqual([])
  }
}

/** What a visitor typed goes back to that visitor, who may try again; and to nobody else. */
const NOT_OF_THE_VISITOR = Object.values(SECRET).filter((secret) => secret !== SECRET.body)

test('neither the log nor a page shows a secret while Postgres and memcache are down', async () => {
  web = await startWeb(environment(AWAY))
  expectNoSecret(await provoke(web), NOT_OF_THE_VISITOR)
  await until('all is in the log', () => web?.lines.some((line) => line.includes('"/nope"')) ?? false)
  expectNoSecret(web.lines)
})

test('no secret is shown if Postgres refuses the password', async () => {
  const url = new URL(database.url)
  url.password = SECRET.database
  web = await startWeb(environment(url.href))
  expectNoSecret(await provoke(web), NOT_OF_THE_VISITOR)
  await until(
    'it is logged',
    () => web?.lines.some((line) => line.includes('password authentication failed')) ?? false,
  )
  expectNoSecret(web.lines)
})

test('no secret is shown if a statement fails with the text of a visitor', async () => {
  await database.execute(BROKEN)
  web = await startWeb(environment(database.url))
  const { password } = new URL(database.url)
  const answers = await provoke(web)
  expect(answers.some((answer) => answer.includes('Something went wrong'))).toBe(true)
  expectNoSecret(answers, [...NOT_OF_THE_VISITOR, password])
  await until('it is logged', () => web?.lines.some((line) => line.includes('"broken"')) ?? false)
  expectNoSecret(web.lines, [...Object.values(SECRET), password])
})

test('a release that fails shows none', async () => {
  const result = await runCommand(procfileCommand('release'), environment(AWAY))
  expect(result.code).toBe(1)
  expectNoSecret([result.stdout, result.stderr])
})
