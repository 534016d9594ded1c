import type { Fault } from '../../support/FaultyProxy.js'
import type { Phase } from '../phase.js'
import type { Random } from '../random.js'
import type { Stage } from '../stage.js'

const LAST_KNOWN = 'pages are served as last known, within 0.5 s; writes get 503'

/** Postgres, or the way to it, is broken. */
export const postgresPhases: readonly Phase[] = (
  [
    ['Postgres: connections cut', connectionsCut],
    ['Postgres: cut in mid-response', cutMidResponse],
    ['Postgres stopped (SIGSTOP) for seconds', stopped],
    ['Postgres down and up again', downAndUp],
    ['Postgres out of reach for one process only', outOfReachForOne],
    ['two faults at once: cache and Postgres of one process', twoFaults],
  ] satisfies [string, Phase['trouble']][]
).map(([name, trouble]) => ({ name, promise: LAST_KNOWN, mayFail: 'writes', trouble }))

async function connectionsCut(stage: Stage): Promise<void> {
  await stage.again([50, 500], async () => {
    const web = stage.anyWeb
    await web.postgres.setFault({ kind: stage.random.oneOf(['refuse', 'reset'] as const) })
    if (stage.random.chance(0.5)) await stage.pause(0, 100)
    await web.postgres.heal()
  })
}

async function cutMidResponse(stage: Stage): Promise<void> {
  await stage.again([50, 400], async () => {
    const web = stage.anyWeb
    await web.postgres.setFault({ kind: 'cutAfter', responseBytes: stage.random.between(1, 4000) })
    await stage.pause(20, 300)
    await web.postgres.heal()
  })
}

async function stopped(stage: Stage): Promise<void> {
  const { postgres } = stage.cluster
  await stage.again([500, 1500], async () => {
    postgres.pause()
    await stage.pause(300, 3000)
    postgres.resume()
  })
}

async function downAndUp(stage: Stage): Promise<void> {
  const { cluster } = stage
  await stage.again([500, 1500], async () => {
    await cluster.killPostgres()
    await stage.pause(0, 1500)
    await cluster.startPostgres()
  })
}

async function outOfReachForOne(stage: Stage): Promise<void> {
  await stage.again([100, 600], async () => {
    const web = stage.anyWeb
    await web.postgres.setFault(anyFault(stage.random))
    await stage.pause(300, 2000)
    await web.postgres.heal()
  })
}

async function twoFaults(stage: Stage): Promise<void> {
  await stage.again([100, 600], async () => {
    const web = stage.anyWeb
    await web.memcached.setFault(anyFault(stage.random))
    await web.postgres.setFault(anyFault(stage.random))
    await stage.pause(50, 1000)
    // One after the other: the processes must bear either alone, and the change from both to one.
    await stage.random.oneOf([web.memcached, web.postgres]).heal()
    await stage.pause(50, 500)
    await stage.healWays()
  })
}

function anyFault(random: Random): Fault {
  return random.oneOf<Fault>([
    { kind: 'refuse' },
    { kind: 'reset' },
    { kind: 'swallow' },
    { kind: 'hold' },
    { kind: 'cutAfter', responseBytes: random.between(1, 2000) },
    { kind: 'stallAfter', responseBytes: random.between(1, 2000) },
  ])
}
