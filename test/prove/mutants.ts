import type { Violation } from './history.js'
import type { Patch } from './release.js'

/** The app with one rule of docs/how-the-cache-stays-true.md left out. */
export interface Mutant {
  readonly name: string
  readonly patches: readonly Patch[]
  /** Phases that catch it, by the beginning of their names; the likeliest first. */
  readonly caughtBy: readonly string[]
  /** What they find broken. */
  readonly column: Violation['column']
}

const SLOW = 'slow index query, flushes and writes'
const CUT_OFF = 'one process cut off from memcached'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a plain set instead of compare-and-swap',
    patches: [{ file: 'cache/MemcacheConnection.js', from: 'cas?.copy(request, CAS_OFFSET);', to: '' }],
    caughtBy: [SLOW],
    column: 'stale',
  },
  {
    name: 'load before token',
    patches: [
      {
        file: 'cache/Publisher.js',
        from: 'const beganAtMs = performance.now();',
        to: 'const beganAtMs = performance.now();\n        const early = await this.#state.load();',
      },
      {
        file: 'cache/Publisher.js',
        from: 'const loaded = await this.#state.load();',
        to: 'const loaded = early;',
      },
    ],
    caughtBy: [SLOW],
    column: 'stale',
  },
  {
    name: 'no lease',
    patches: [
      {
        file: 'cache/Lease.js',
        from: 'this.#sentAtMs > momentMs - this.#leaseMs && Date.now() < this.#endsAtWallMs',
        to: 'this.#sentAtMs > 0',
      },
      { file: 'cache/VersionChecks.js', from: 'this.#inUse.add(key);', to: '' },
    ],
    caughtBy: [CUT_OFF],
    column: 'stale',
  },
  {
    name: 'no waiting after an unconfirmed publish',
    patches: [
      {
        file: 'cache/CachedKey.js',
        from: 'committedAtMs + this.#options.writersWaitMs - performance.now()',
        to: '0',
      },
    ],
    caughtBy: [CUT_OFF],
    column: 'stale',
  },
  {
    name: 'joining a load that was already running',
    patches: [
      {
        file: 'cache/SingleFlight.js',
        from: 'if (this.#running.startedAtMs > momentMs)',
        to: 'if (this.#running)',
      },
      {
        file: 'cache/SingleFlight.js',
        from: 'if (!this.#running || this.#running.startedAtMs > momentMs)',
        to: 'if (true)',
      },
    ],
    caughtBy: [SLOW],
    column: 'stale',
  },
  {
    name: 'a client that is kept over a broken connection, with its tokens',
    patches: [
      { file: 'cache/MemcacheServer.js', from: 'if (client !== this.#client)', to: 'if (this.#client)' },
    ],
    caughtBy: ['memcached: connections cut in mid-response', 'memcached: responses truncated'],
    column: 'availability',
  },
  {
    name: 'a touch that takes whatever is there for what is known',
    patches: [
      {
        file: 'cache/MemcacheClient.js',
        from: 'return this.#touchTellsToken && header.cas.equals(token.cas);',
        to: 'return true;',
      },
    ],
    caughtBy: ['calm'],
    column: 'stale',
  },
  {
    name: 'an entry that does not say which database it comes from',
    patches: [
      {
        file: 'cache/envelope.js',
        from: 'const beginning =',
        to: "const beginning = header.slice(0, header.lastIndexOf(' ') + 1); void",
      },
      {
        file: 'queue/snapshotCodec.js',
        from: 'const isAsStamped = value.version === version && value.origin === origin;',
        to: 'const isAsStamped = value.version === version;',
      },
    ],
    caughtBy: ['a neighbour on the same memcached'],
    column: 'lost',
  },
]
