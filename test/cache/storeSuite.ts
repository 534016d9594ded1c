import { setTimeout as delay } from 'node:timers/promises'
import { type CacheStore, CacheUnavailable, type Token } from '../../src/cache/index.js'

/** What the suite needs of a store. It needs nothing else but Jest, so it can be copied together with src/cache. */
export interface TestedStore {
  readonly name: string
  /** A new store whose entries live this long. If the store has a server, all of them reach the same entries. */
  make(ttlSeconds: number): Promise<CacheStore>
  /** Makes the server accept requests and answer none. @returns a function that ends this. Undefined without a server */
  readonly hang?: () => Promise<() => Promise<void>>
}

/** Fails if a compare-and-swap was not done. @returns the token of the new entry */
export function stored(answer: Token | string): Token {
  if (typeof answer === 'string') throw new Error(`It was not stored: ${answer}`)
  return answer
}

/** A busy machine may make a store too slow once, so failures are retried. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await delay(10)
}

/** What every store promises, so that one store can replace another. */
export function describeStore({ name, make, hang }: TestedStore): void {
  describe(name, () => {
    let store: CacheStore
    let key: string
    let keys = 0

    beforeEach(async () => {
      store = await make(500)
      key = `key-${++keys}`
    })

    afterEach(() => store.close())

    const one = Buffer.from('one')
    const two = Buffer.from('two')

    test('says its name', () => {
      expect(store.name).toBe(name)
    })

    test('has nothing at first, and deletes it without a word', async () => {
      expect(await store.gets(key)).toBeUndefined()
      await store.delete(key)
      expect(await store.gets(key)).toBeUndefined()
    })

    test('adds if there is nothing, and only then', async () => {
      expect(await store.add(key, one)).toBeDefined()
      expect(await store.add(key, two)).toBeUndefined()
      expect((await store.gets(key))?.bytes).toEqual(one)
    })

    test('swaps with the token of an add, of a swap or of a get, once', async () => {
      const added = (await store.add(key, one)) ?? {}
      const swapped = stored(await store.cas(key, two, added))
      expect(await store.cas(key, one, added)).toBe('conflict')
      stored(await store.cas(key, one, swapped))
      expect(await store.cas(key, two, swapped)).toBe('conflict')
      const token = (await store.gets(key))?.token ?? {}
      stored(await store.cas(key, two, token))
      expect((await store.gets(key))?.bytes).toEqual(two)
    })

    test('breaks a token by any store, even of the same bytes', async () => {
      await store.add(key, one)
      const token = (await store.gets(key))?.token ?? {}
      const other = (await store.gets(key))?.token ?? {}
      stored(await store.cas(key, one, other))
      expect(await store.cas(key, two, token)).toBe('conflict')
    })

    test('breaks a token by a delete, even if something was added since', async () => {
      const token = (await store.add(key, one)) ?? {}
      await store.delete(key)
      expect(await store.cas(key, two, token)).toBe('conflict')
      await store.add(key, one)
      expect(await store.cas(key, two, token)).toBe('conflict')
      expect((await store.gets(key))?.bytes).toEqual(one)
    })

    test('says by a touch whether what a token stands for is still there', async () => {
      const added = (await store.add(key, one)) ?? {}
      expect(await store.touch(key, added)).toBe(true)
      const swapped = stored(await store.cas(key, one, added))
      expect(await store.touch(key, added)).toBe(false)
      expect(await store.touch(key, swapped)).toBe(true)
      await store.delete(key)
      expect(await store.touch(key, swapped)).toBe(false)
    })

    test('forgets after the time to live, tokens too', async () => {
      const shortLived = await make(1)
      const token = (await shortLived.add(key, one)) ?? {}
      // Memcache counts in whole seconds: it may be gone at once.
      await until(async () => (await shortLived.gets(key)) === undefined)
      expect(await shortLived.cas(key, two, token)).toBe('conflict')
      shortLived.close()
    })

    test.each([
      ['no bytes', Buffer.alloc(0)],
      ['every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
      ['half a megabyte', Buffer.alloc(500_000, 'x')],
    ])('gives back %s as they were', async (_what, bytes) => {
      await store.add(key, bytes)
      expect((await store.gets(key))?.bytes.equals(bytes)).toBe(true)
    })

    if (!hang) return
    const operations: [string, (token: Token) => Promise<unknown>][] = [
      ['touch', (token) => store.touch(key, token)],
      ['gets', () => store.gets(key)],
      ['add', () => store.add(key, two)],
      ['cas', (token) => store.cas(key, two, token)],
      ['delete', () => store.delete(key)],
    ]
    test.each(operations)(
      'waits for no answer to %s that never comes, and heals by itself',
      async (_name, operation) => {
        const token = (await store.add(key, one)) ?? {}
        const heal = await hang()
        await expect(operation(token)).rejects.toThrow(CacheUnavailable)
        await heal()
        const other = `${key}-after` // what was never answered may still happen to the first one
        await until(async () => {
          await store.add(other, one)
          return (await store.gets(other))?.bytes.equals(one) === true
        })
      },
    )
  })
}
