import type { Found, MemcacheWithCas } from './MemcacheWithCas.js'
import { record } from './recorder.js'
import { versionIn } from './versionIn.js'

/** Calls of memjs, each recorded with the version that it carries and the way's line that made it. */
export class RecordedCache {
  readonly #memcache: MemcacheWithCas

  constructor(memcache: MemcacheWithCas) {
    this.#memcache = memcache
  }

  get(key: string): Promise<{ value: Buffer | null }> {
    return record('get', async () => {
      const result = await this.#memcache.get(key)
      return { result, version: versionIn(result.value) }
    })
  }

  gets(key: string): Promise<Found | undefined> {
    return record('get', async () => {
      const result = await this.#memcache.gets(key)
      return { result, version: versionIn(result?.value) }
    })
  }

  set(key: string, value: string, options: { expires?: number } = {}): Promise<boolean> {
    return record('set', async () => ({ result: await this.#memcache.set(key, value, options) }), value)
  }

  add(key: string, value: string): Promise<boolean> {
    return record('set', async () => refusable(await this.#memcache.add(key, value)), value)
  }

  cas(key: string, value: string, token: Buffer): Promise<boolean> {
    return record('set', async () => refusable(await this.#memcache.cas(key, value, token)), value)
  }

  delete(key: string): Promise<boolean> {
    return record('delete', async () => ({ result: await this.#memcache.delete(key) }))
  }
}

function refusable(isStored: boolean) {
  return { result: isStored, isRefused: !isStored }
}
