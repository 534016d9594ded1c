import type { Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'

const NEVER_NEEDED = 'the cache is never needed: every request is answered, at most 100 ms later'

/** Memcached, or the way to it, is broken; Postgres is well. */
export const cachePhases: readonly Phase[] = (
  [
    ['memcached killed and restarted', killed],
    ['memcached stopped (SIGSTOP) for seconds', stopped],
    ['memcached: connections cut in mid-response', (run) => cutOrStall(run, 'cutAfter')],
    ['memcached: responses truncated, then silence', (run) => cutOrStall(run, 'stallAfter')],
    ['memcached slow for one process only', slowForOne],
    ['memcached slow for all', slowForAll],
    ['one process cut off from memcached, then healed', oneCutOff],
    ['memcached: held back and delivered late', heldBack],
    ['memcached away for all, back with old contents', backWithOldContents],
  ] satisfies [string, Phase['trouble']][]
).map(([name, trouble]) => ({ name, promise: NEVER_NEEDED, mayFail: 'none', trouble }))

async function killed(run: PhaseRun): Promise<void> {
  const { cluster } = run
  await run.repeat([50, 600], async () => {
    await cluster.killMemcached()
    await run.pause(0, 400)
    await cluster.startMemcached()
  })
}

async function stopped(run: PhaseRun): Promise<void> {
  const { cluster } = run
  await run.repeat([100, 700], async () => {
    cluster.memcached.pause()
    await run.pause(300, 3000)
    cluster.memcached.resume()
  })
}

async function cutOrStall(run: PhaseRun, kind: 'cutAfter' | 'stallAfter'): Promise<void> {
  await run.repeat([50, 400], async () => {
    await run.disturb('memcached', { kind, responseBytes: run.random.between(1, 3000) }, [run.anyWeb])
    await run.pause(20, 300)
    if (run.random.chance(0.5)) await run.healWays()
  })
}

async function slowForOne(run: PhaseRun): Promise<void> {
  await run.repeat([0, 0], async () => {
    await run.healWays()
    await run.disturb('memcached', delay(run), [run.anyWeb])
    await run.pause(200, 1000)
  })
}

async function slowForAll(run: PhaseRun): Promise<void> {
  await run.repeat([200, 1000], () => run.disturb('memcached', delay(run)))
}

/** Below and above the app's deadline. */
function delay({ random }: PhaseRun) {
  return { kind: 'delay', requestMs: random.between(0, 40), responseMs: random.between(0, 40) } as const
}

async function oneCutOff(run: PhaseRun): Promise<void> {
  await run.repeat([50, 500], async () => {
    const web = run.anyWeb
    // If others wrote too, their writes would bring the missed change into the cache.
    const writesAlone = run.random.chance(0.5)
    for (const other of run.cluster.webs) other.visitorsWrite = other === web || !writesAlone
    await web.memcached.setFault({ kind: run.random.oneOf(['refuse', 'reset', 'swallow'] as const) })
    await run.pause(300, 1500)
    await web.memcached.heal()
  })
}

async function heldBack(run: PhaseRun): Promise<void> {
  await run.repeat([50, 300], async () => {
    const web = run.anyWeb
    await web.memcached.setFault({ kind: 'hold' })
    await run.pause(20, 700)
    await web.memcached.heal()
  })
}

async function backWithOldContents(run: PhaseRun): Promise<void> {
  await run.repeat([100, 500], async () => {
    await run.disturb('memcached', { kind: run.random.oneOf(['refuse', 'swallow'] as const) })
    await run.pause(200, 1500)
    await run.healWays()
  })
}
