import { Lease } from './Lease.js'
import { MinVersion, type VoidVersion } from './MinVersion.js'
import type { Versioned } from './Source.js'
import type { SourceOrigin } from './SourceOrigin.js'

/**
 * What an answer of the source means: it goes on from what is known (`known`), it was overtaken by the answer of the
 * source that has taken its place (`overtaken`), or what was known before is void (`void`).
 */
export type Observation = 'known' | 'overtaken' | 'void'

interface KeyStateOptions {
  readonly key: string
  readonly origin: SourceOrigin
  readonly leaseMs: number
  /** Hears of a version that turned out to be void, and of the one that the source has. */
  readonly onVoid: (voided: VoidVersion, version: number) => Promise<void>
}

interface Known<T> {
  readonly origin: string | undefined
  readonly minVersion: MinVersion
  readonly lease: Lease
  newest: T | undefined
}

/** What this process knows of one key: its newest version and value, and until when the cache may be trusted for it. */
export class KeyState<T extends Versioned> {
  readonly key: string
  readonly #options: KeyStateOptions
  #known: Known<T>

  constructor(options: KeyStateOptions) {
    this.key = options.key
    this.#options = options
    this.#known = this.#nothing()
  }

  /** The source whose values count. Undefined until it has answered for the first time. */
  get origin(): string | undefined {
    return this.#options.origin.current
  }

  /** The newest value that this process has read, found in the cache or written. */
  get newest(): T | undefined {
    return this.#current().newest
  }

  /** Whether the newest version was only found in the cache, and the source has yet to confirm it. */
  get isUnconfirmed(): boolean {
    return this.#current().minVersion.isUnconfirmed
  }

  /** Whether a read that came in at this moment may trust the cache, from the minimum version on. */
  isCoveredAt(momentMs: number): boolean {
    return this.#current().lease.isValidAt(momentMs)
  }

  /** Whether a value is this source's, and nothing newer is known. */
  admits({ origin, version }: Versioned): boolean {
    const { origin: ours, minVersion } = this.#current()
    return origin === ours && minVersion.admits(version)
  }

  /** A value was found in the cache: from now on this process shows nothing older. */
  remember(value: T): void {
    const known = this.#current()
    if (value.origin !== known.origin) return
    known.minVersion.raise(value.version)
    if (!known.newest || known.newest.version < value.version) known.newest = value
  }

  /** The source gave or made this value, in answer to what was sent at this moment. */
  async learn(value: T, sentAtMs: number): Promise<Observation> {
    return await this.observe(value, sentAtMs, value)
  }

  /** The source answered this version to what was sent at this moment. */
  async observe({ origin, version }: Versioned, sentAtMs: number, value?: T): Promise<Observation> {
    // What was overtaken tells nothing of the source as it is now, and so is no version check either.
    if (!this.#options.origin.observe(origin, sentAtMs)) return 'overtaken'
    const known = this.#current()
    const voided = known.minVersion.observe(version, sentAtMs)
    known.lease.extend(sentAtMs)
    if (voided) known.newest = undefined
    if (value) this.remember(value)
    if (!voided) return 'known'
    await this.#options.onVoid(voided, version)
    return 'void'
  }

  /** What was known of the source before is void once another one has taken its place. */
  #current(): Known<T> {
    if (this.#known.origin !== this.origin) this.#known = this.#nothing()
    return this.#known
  }

  #nothing(): Known<T> {
    const lease = new Lease(this.#options.leaseMs)
    return { origin: this.origin, minVersion: new MinVersion(), lease, newest: undefined }
  }
}
