import type { Codec, Versioned } from '../../src/cache/CachedValue.js'
import type { CacheObserver } from '../../src/cache/CacheObserver.js'
import { CacheService } from '../../src/cache/CacheService.js'
import type { CacheStore } from '../../src/cache/CacheStore.js'
import { seal } from '../../src/cache/envelope.js'
import type { StalePage } from '../../src/cache/FreshnessAudit.js'
import type { Source } from '../../src/cache/WatchedSource.js'

/** A value whose version says it all. */
export interface Numbered extends Versioned {
  readonly text: string
}

export const ORIGIN = 'source/1'

export function numbered(version: number, text = `text ${version}`, origin = ORIGIN): Numbered {
  return { version, text, origin }
}

export class Down extends Error {}

/** A source of truth in memory that can be away, can be replaced, and counts what it is asked. */
export class TestSource implements Source<Numbered> {
  value = numbered(1, 'one')
  isAway = false
  loads = 0
  looks = 0

  async load(): Promise<Numbered> {
    this.loads++
    return this.#answer()
  }

  async version(): Promise<Versioned> {
    this.looks++
    const { version, origin } = this.#answer()
    return { version, origin }
  }

  isUnavailable(error: unknown): boolean {
    return error instanceof Down
  }

  /** Commits the next version. */
  async commit(text = 'next'): Promise<{ readonly value: Numbered }> {
    this.#answer()
    this.value = { ...this.value, version: this.value.version + 1, text }
    return { value: this.value }
  }

  #answer(): Numbered {
    if (this.isAway) throw new Down('the source is away')
    return this.value
  }
}

export const codec: Codec<Numbered> = {
  format: 'numbered/1',
  encode: (value) => Buffer.from(value.text),
  decode: (body, stamp) => ({ ...stamp, text: body.toString() }),
}

/** As a value stands in the cache. */
export function sealed(value: Numbered): Buffer {
  return seal(codec.format, value, codec.encode(value))
}

export interface Process {
  readonly cache: CacheService<Numbered>
  readonly source: TestSource
  readonly said: string[]
  readonly stalePages: StalePage[]
}

/** What one web process has of the cache: several with the same source and store are several processes. */
export function startProcess(
  source: TestSource,
  store: CacheStore,
  options: { leaseMs?: number; auditOneIn?: number; observer?: CacheObserver } = {},
): Process {
  const said: string[] = []
  const stalePages: StalePage[] = []
  const cache = new CacheService({
    store,
    key: 'value',
    codec,
    source,
    sourceEvents: { onLost: () => said.push('lost'), onRegained: () => said.push('regained') },
    leaseMs: options.leaseMs ?? 200,
    auditOneIn: options.auditOneIn ?? 0,
    onStale: (page) => stalePages.push(page),
    ...(options.observer && { observer: options.observer }),
  })
  return { cache, source, said, stalePages }
}
