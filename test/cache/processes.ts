import { seal } from '../../src/cache/envelope.js'
import {
  type CacheObserver,
  CacheService,
  type CacheStore,
  type Codec,
  type Source,
  type StaleRead,
  type Versioned,
  type Versions,
} from '../../src/cache/index.js'

/** A value with a text that shows its version. */
export interface Numbered extends Versioned {
  readonly text: string
}

export const ORIGIN = 'source/1'
/** The key that tests use if one is enough. */
export const KEY = 'value'

export function numbered(version: number, text = `text ${version}`, origin = ORIGIN): Numbered {
  return { version, text, origin }
}

export class Down extends Error {}

/** A source of truth in memory. It can be made unavailable, can be replaced, and counts its queries. */
export class TestSource implements Source<Numbered> {
  readonly values = new Map([[KEY, numbered(1, 'one')]])
  isAway = false
  loads = 0
  checks = 0

  get value(): Numbered {
    return this.#value(KEY)
  }

  set value(value: Numbered) {
    this.values.set(KEY, value)
  }

  async load(key: string): Promise<Numbered> {
    this.loads++
    return this.#answer(key)
  }

  async versions(keys: readonly string[]): Promise<Versions> {
    this.checks++
    const versions = new Map(keys.map((key) => [key, this.#answer(key).version]))
    return { origin: this.#answer(KEY).origin, versions }
  }

  isUnavailable(error: unknown): boolean {
    return error instanceof Down
  }

  /** Commits the next version. */
  async commit(text = 'next', key = KEY): Promise<{ readonly value: Numbered }> {
    const value = { ...this.#answer(key), version: this.#answer(key).version + 1, text }
    this.values.set(key, value)
    return { value }
  }

  #answer(key: string): Numbered {
    if (this.isAway) throw new Down('the source is away')
    return this.#value(key)
  }

  /** A key that nobody has written yet has version 1. */
  #value(key: string): Numbered {
    return this.values.get(key) ?? numbered(1, `nothing under ${key}`)
  }
}

export const codec: Codec<Numbered> = {
  format: 'numbered/1',
  encode: (value) => Buffer.from(value.text),
  decode: (body, stamp) => ({ ...stamp, text: body.toString() }),
}

/** A value as it is stored in the cache. */
export function sealed(value: Numbered): Buffer {
  return seal(codec.format, value, codec.encode(value))
}

export interface Process {
  readonly cache: CacheService<Numbered>
  readonly source: TestSource
  /** Whether the source was lost or regained. */
  readonly said: string[]
  readonly staleReads: StaleRead[]
  readonly versionErrors: string[]
}

interface ProcessOptions {
  leaseMs?: number
  auditOneIn?: number
  observer?: CacheObserver
  maxKeys?: number
}

/** The cache of one web process. Several of them with the same source and store act as several processes. */
export function startProcess(source: TestSource, store: CacheStore, options: ProcessOptions = {}): Process {
  const said: string[] = []
  const staleReads: StaleRead[] = []
  const versionErrors: string[] = []
  const cache = new CacheService({
    store,
    codec,
    source,
    sourceEvents: { onLost: () => said.push('lost'), onRegained: () => said.push('regained') },
    leaseMs: 200,
    onStale: (read) => staleReads.push(read),
    onVersionError: ({ message }) => versionErrors.push(message),
    ...options,
  })
  return { cache, source, said, staleReads, versionErrors }
}

/** How often a source that is away may be probed since a moment: twice a second, and more often at first. */
export function maxProbesSince(momentMs: number): number {
  return 5 + Math.ceil((performance.now() - momentMs) / 500)
}
