import { allServed, type Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'
import { crowdOut, crowdOutPlaceholder } from './junk.js'

/** As small as it gets: a megabyte for all, and for items of one size. */
const TINY = ['-m', '1', '-I', '512k']

/** Nothing is broken; the cache only forgets. */
export const calmPhases: readonly Phase[] = allServed([
  {
    name: 'calm',
    trouble: (run) => run.repeat([100, 100], async () => {}),
  },
  {
    name: 'flush_all in a loop',
    trouble: (run) => run.repeat([2, 40], () => flush(run)),
  },
  {
    name: 'slow index query, flushes and writes',
    env: { SLOW_QUERY_MS: '80' },
    trouble: (run) => run.repeat([20, 200], () => flush(run)),
  },
  {
    name: 'tiny memory, constant evictions',
    // Without the last two options memcached keeps entries that are read often.
    memcachedArgs: [...TINY, '-o', 'no_lru_maintainer,no_lru_crawler'],
    trouble: (run) => run.repeat([20, 100], () => crowdOut(run.cluster.memcached, run.random)),
  },
  {
    name: 'full and refusing store (-M)',
    memcachedArgs: [...TINY, '-M'],
    trouble: async (run) => {
      await run.repeat([50, 150], () => fill(run))
      await flush(run) // makes room, which would else never come back
    },
  },
])

async function flush({ cluster }: PhaseRun): Promise<void> {
  await cluster.memcached.command('flush_all')
}

/** At times there is room for a placeholder only, at times for nothing, and after a flush for all. */
async function fill(run: PhaseRun): Promise<void> {
  const { cluster, random } = run
  if (random.chance(0.05)) await flush(run)
  if (random.chance(0.5)) await crowdOutPlaceholder(cluster.memcached, random)
  await crowdOut(cluster.memcached, random)
}
