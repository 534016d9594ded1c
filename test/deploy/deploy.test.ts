import type { TestDatabase } from '../support/database.js'
import { until } from '../support/poll.js'
import type { Environment, WebProcess } from '../support/webProcess.js'
import { AddOns, visit } from './heroku.js'
import { Slug } from './Slug.js'

// `git push heroku main`, without Heroku: what is committed is cloned, built and started with only what Heroku sets.
const NODES = [22, 24, 26]
const BUILD_DEADLINE_MS = 600_000

const slugs = new Map<number, Slug>()
let addOns: AddOns

beforeAll(async () => {
  addOns = await AddOns.start()
  for (const major of NODES) slugs.set(major, await Slug.build(major))
}, BUILD_DEADLINE_MS)

afterAll(async () => {
  await addOns.stop()
  await Promise.all([...slugs.values()].map((slug) => slug.remove()))
})

function builtOn(major: number): Slug {
  const slug = slugs.get(major)
  if (!slug) throw new Error(`Nothing was built on Node ${major}`)
  return slug
}

describe.each(NODES)('on Node %i', (major) => {
  let slug: Slug
  let database: TestDatabase
  let env: Environment

  beforeAll(async () => {
    slug = builtOn(major)
    database = await addOns.createDatabase()
    env = addOns.environment(database)
  })

  afterAll(() => database.drop())

  test('a fresh clone is built, pruned, released and started; its page, add and remove work', async () => {
    expect((await slug.run('node --version')).stdout).toMatch(new RegExp(`^v${major}\\.`))
    expect(await slug.run('test ! -e node_modules/typescript')).toMatchObject({ code: 0 })
    expect(await slug.release(env)).toMatchObject({ code: 0, stderr: '' })
    const verified = await slug.run('npm run --silent verify', env)
    expect([verified.code, verified.stdout.match(/^✗.*/gm)]).toEqual([0, null])

    const web = await slug.startWeb(env)
    await addAndRemove(web)
    await until('a page comes from memcache', async () => {
      const { headers } = await visit(`${web.url}/`)
      return headers.get('cache-status') === 'memcache; hit'
    })
    expect(await web.stop()).toMatchObject({ code: 0, signal: null })
    expect(web.lines.join('\n')).not.toContain('right password')
  }, 120_000)
})

describe('a further release', () => {
  let next: Slug
  let database: TestDatabase
  let env: Environment
  let old: WebProcess

  beforeAll(async () => {
    const slug = builtOn(24)
    next = await slug.withMigration('900_next.sql', 'alter table item add column note text;')
    database = await addOns.createDatabase()
    env = addOns.environment(database)
    await slug.release(env)
    old = await slug.startWeb(env)
  })

  afterAll(async () => {
    await old.stop()
    await database.drop()
    await next.remove()
  })

  test('migrates and starts while the old one still runs, and both show what the other adds', async () => {
    expect(await next.release(env)).toMatchObject({ code: 0, stderr: '' })
    const web = await next.startWeb(env)
    await addAndRemove(old, web)
    await addAndRemove(web, old)
    expect((await visit(`${old.url}/`)).json).toMatchObject({ current: true })
    expect(await web.stop()).toMatchObject({ code: 0 })
  }, 120_000)

  test('fails if its migration fails, changes nothing, and leaves the old one serving', async () => {
    const broken = await next.withMigration('901_broken.sql', 'create table half_done (); select 1 / 0;')
    const result = await broken.release(env)
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('division by zero')
    expect((await fetch(`${old.url}/readyz`)).status).toBe(200)
    await addAndRemove(old)
    // Had anything been left of it, this would be in its way.
    const mended = await next.withMigration('901_broken.sql', 'create table half_done ();')
    expect(await mended.release(env)).toMatchObject({ code: 0, stderr: '' })
    await Promise.all([broken.remove(), mended.remove()])
  }, 120_000)
})

/** Adds at one process, sees it on the next load at the other, and takes it off there. */
async function addAndRemove(here: WebProcess, there = here): Promise<void> {
  const added = await visit(`${here.url}/add`, 'POST', { text: 'buy milk' })
  expect(added).toMatchObject({ status: 201, json: { item: { text: 'buy milk' } } })
  const page = await visit(`${there.url}/`)
  expect(page.json).toMatchObject({ version: added.json.version, items: [added.json.item], current: true })
  const removed = await visit(`${there.url}/remove`, 'POST')
  expect(removed).toMatchObject({ status: 200, json: { item: added.json.item } })
  expect((await visit(`${here.url}/`)).json).toMatchObject({ version: removed.json.version, length: 0 })
}
