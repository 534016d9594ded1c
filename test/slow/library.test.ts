import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { type CacheService, type CacheStore, MemoryStore, type Versioned } from '../../src/cache/index.js'
import { startStore } from '../cache/memcacheStore.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { startMemcached } from '../support/memcached.js'
import { untilEqual } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'

// src/cache alone is what another project copies.
const SOURCE = 'src/cache'
const STRICT = {
  target: 'es2023',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noUnusedLocals: true,
  skipLibCheck: true,
  outDir: 'out',
}

interface Product extends Versioned {
  readonly name: string
  readonly cents: number
}

interface Example {
  cachedProducts(store: CacheStore, db: pg.Pool): CacheService<Product>
  halvePrice(products: CacheService<Product>, db: pg.Pool, id: string): Promise<number>
}

let folder: string
let example: Example

useDatabase()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'library-'))
  await cp(SOURCE, join(folder, 'cache'), { recursive: true })
  const readme = await readFile(join(SOURCE, 'README.md'), 'utf8')
  const snippet = (language: string) =>
    new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(readme)?.[1] ?? ''
  await writeFile(join(folder, 'example.ts'), snippet('ts'))
  await database.execute(snippet('sql'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT }))
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rm(folder, { recursive: true }))

test('it needs memjs and Node, and nothing else', async () => {
  const files = (await readdir(SOURCE)).filter((name) => name.endsWith('.ts'))
  const sources = await Promise.all(files.map((name) => readFile(join(SOURCE, name), 'utf8')))
  const imported = sources.flatMap((source) =>
    [...source.matchAll(/from '([^']+)'/g)].map(([, from = '']) => from),
  )
  expect(imported.filter((from) => !/^(\.\/\w+\.js|node:.*|memjs)$/.test(from))).toEqual([])
})

test('copied alone, with the example of its README, it passes a strict type check', async () => {
  await promisify(execFile)('node_modules/.bin/tsc', ['-p', folder]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout)
  })
  example = (await import(pathToFileURL(join(folder, 'out/example.js')).href)) as Example
}, 120_000)

describe.each([
  ['memcached', startMemcachedStore],
  [
    'the store in memory',
    async () => ({ store: new MemoryStore({ ttlSeconds: 500 }), stop: async () => {} }),
  ],
])('the example of the README, on %s', (_name, start) => {
  test('serves hits, shows a write at once in another process, and outlives Postgres', async () => {
    const { store, stop } = await start()
    await database.execute(
      `truncate product; insert into product values ('42', 'tea', 1000), ('43', 'milk', 99)`,
    )
    const { proxy, url } = await FaultyProxy.inFrontOf(database.url)
    const db = new pg.Pool({ connectionString: url, query_timeout: 1000, connectionTimeoutMillis: 1000 })
    db.on('error', () => {})
    const [one, two] = [example.cachedProducts(store, db), example.cachedProducts(store, db)]
    expect(await one.read('42')).toMatchObject({ outcome: 'miss', value: { name: 'tea', cents: 1000 } })
    expect(await two.read('42')).toMatchObject({ outcome: 'hit', value: { name: 'tea', cents: 1000 } })
    expect(await example.halvePrice(one, db, '42')).toBe(500)
    expect(await two.read('42')).toMatchObject({ outcome: 'hit', value: { cents: 500 } })
    expect(await two.read('43')).toMatchObject({ outcome: 'miss', value: { name: 'milk' } })
    await expect(two.read('44')).rejects.toThrow('the source gave no version')
    await expect(example.halvePrice(two, db, '44')).rejects.toThrow('the source gave no version')

    for (const kind of ['refuse', 'reset', 'swallow'] as const) {
      await proxy.setFault({ kind })
      await untilEqual(`a read says that Postgres is away: ${kind}`, () => isCurrent(two), false)
      expect(await two.read('42')).toMatchObject({ value: { cents: 500 } })
      await proxy.heal()
      await untilEqual('a read is current again', () => isCurrent(two), true)
    }
    for (const cache of [one, two]) cache.close()
    await Promise.all([stop(), db.end()])
    await proxy.close()
  }, 60_000)
})

async function isCurrent(products: CacheService<Product>): Promise<boolean> {
  return (await products.read('42')).current
}

async function startMemcachedStore(): Promise<{ store: CacheStore; stop: () => Promise<void> }> {
  const memcached = await startMemcached()
  const { store } = await startStore([memcached.port])
  return {
    store,
    async stop() {
      store.close()
      await memcached.kill()
    },
  }
}
