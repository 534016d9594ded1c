import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type CacheService, type CacheStore, MemoryStore } from '../../src/cache/index.js'
import { startStore } from '../cache/memcacheStore.js'
import { ConnectionLost, type Product, Shop } from '../cache/shop.js'
import { startMemcached } from '../support/memcached.js'

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

interface Example {
  cachedProducts(store: CacheStore, shop: Shop): CacheService<Product>
  halvePrice(products: CacheService<Product>, shop: Shop, id: string): Promise<number>
}

let folder: string
let example: Example

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'library-'))
  await cp(SOURCE, folder, { recursive: true })
  await cp('test/cache/shop.ts', join(folder, 'shop.ts'))
  const [, code = ''] = /```ts\n(.*?)```/s.exec(await readFile(join(SOURCE, 'README.md'), 'utf8')) ?? []
  await writeFile(join(folder, 'example.ts'), code)
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
  test('serves hits, and shows a write at once in another process', async () => {
    const { store, stop } = await start()
    const shop = new Shop()
    const [one, two] = [example.cachedProducts(store, shop), example.cachedProducts(store, shop)]
    expect(await one.read('42')).toMatchObject({ outcome: 'miss', value: { cents: 1000 } })
    expect(await two.read('42')).toMatchObject({ outcome: 'hit', value: { cents: 1000 } })
    expect(await example.halvePrice(one, shop, '42')).toBe(500)
    expect(await two.read('42')).toMatchObject({ outcome: 'hit', value: { cents: 500 } })
    expect(await two.read('43')).toMatchObject({ outcome: 'miss', value: { name: 'product 43' } })

    shop.isAway = true
    await expect(two.bypass('42', () => shop.product('42'))).rejects.toThrow(ConnectionLost)
    expect(await two.read('42')).toMatchObject({ value: { cents: 500 } })
    for (const cache of [one, two]) cache.close()
    await stop()
  })
})

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
