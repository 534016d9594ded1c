import type { Phase } from '../phase.js'
import type { Stage } from '../stage.js'

const NEVER_NEEDED = 'the cache is never needed: every request is answered, at most 100 ms later'

/** Memcached, or the way to it, is broken; Postgres is well. */
export const cachePhases: readonly Phase[] = (
  [
    ['memcached killed and restarted', killed],
    ['memcached stopped (SIGSTOP) for seconds', stopped],
    ['memcached: connections cut in mid-response', (stage) => cutOrStall(stage, 'cutAfter')],
    ['memcached: responses truncated, then silence', (stage) => cutOrStall(stage, 'stallAfter')],
    ['memcached slow for one process only', slowForOne],
    ['memcached slow for all', slowForAll],
    ['one process cut off from memcached, then healed', oneCutOff],
    ['memcached: held back and delivered late', heldBack],
    ['memcached away for all, back with old contents', backWithOldContents],
  ] satisfies [string, Phase['trouble']][]
).map(([name, trouble]) => ({ name, promise: NEVER_NEEDED, mayFail: 'none', trouble }))

async function killed(stage: Stage): Promise<void> {
  const { cluster } = stage
  await stage.again([50, 600], async () => {
    await cluster.killMemcached()
    await stage.pause(0, 400)
    await cluster.startMemcached()
  })
}

async function stopped(stage: Stage): Promise<void> {
  const { cluster } = stage
  await stage.again([100, 700], async () => {
    cluster.memcached.pause()
    await stage.pause(300, 3000)
    cluster.memcached.resume()
  })
}

async function cutOrStall(stage: Stage, kind: 'cutAfter' | 'stallAfter'): Promise<void> {
  await stage.again([50, 400], async () => {
    await stage.disturb('memcached', { kind, responseBytes: stage.random.between(1, 3000) }, [stage.anyWeb])
    await stage.pause(20, 300)
    if (stage.random.chance(0.5)) await stage.healWays()
  })
}

async function slowForOne(stage: Stage): Promise<void> {
  await stage.again([0, 0], async () => {
    await stage.healWays()
    await stage.disturb('memcached', delay(stage), [stage.anyWeb])
    await stage.pause(200, 1000)
  })
}

async function slowForAll(stage: Stage): Promise<void> {
  await stage.again([200, 1000], () => stage.disturb('memcached', delay(stage)))
}

/** Below and above what the app waits for. */
function delay({ random }: Stage) {
  return { kind: 'delay', requestMs: random.between(0, 40), responseMs: random.between(0, 40) } as const
}

async function oneCutOff(stage: Stage): Promise<void> {
  await stage.again([50, 500], async () => {
    const web = stage.anyWeb
    // Where others write too, each of their writes tells them, and the cache, what they missed.
    const writesAlone = stage.random.chance(0.5)
    for (const other of stage.cluster.webs) other.visitorsWrite = other === web || !writesAlone
    await web.memcached.setFault({ kind: stage.random.oneOf(['refuse', 'reset', 'swallow'] as const) })
    await stage.pause(300, 1500)
    await web.memcached.heal()
  })
}

async function heldBack(stage: Stage): Promise<void> {
  await stage.again([50, 300], async () => {
    const web = stage.anyWeb
    await web.memcached.setFault({ kind: 'hold' })
    await stage.pause(20, 700)
    await web.memcached.heal()
  })
}

async function backWithOldContents(stage: Stage): Promise<void> {
  await stage.again([100, 500], async () => {
    await stage.disturb('memcached', { kind: stage.random.oneOf(['refuse', 'swallow'] as const) })
    await stage.pause(200, 1500)
    await stage.healWays()
  })
}
