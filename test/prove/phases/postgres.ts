import type { Fault } from '../../support/FaultyProxy.js'
import type { Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'
import type { Random } from '../random.js'

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

async function connectionsCut(run: PhaseRun): Promise<void> {
  await run.repeat([50, 500], async () => {
    const web = run.anyWeb
    await web.postgres.setFault({ kind: run.random.oneOf(['refuse', 'reset'] as const) })
    if (run.random.chance(0.5)) await run.pause(0, 100)
    await web.postgres.heal()
  })
}

async function cutMidResponse(run: PhaseRun): Promise<void> {
  await run.repeat([50, 400], async () => {
    const web = run.anyWeb
    await web.postgres.setFault({ kind: 'cutAfter', responseBytes: run.random.between(1, 4000) })
    await run.pause(20, 300)
    await web.postgres.heal()
  })
}

async function stopped(run: PhaseRun): Promise<void> {
  const { postgres } = run.cluster
  await run.repeat([500, 1500], async () => {
    postgres.pause()
    await run.pause(300, 3000)
    postgres.resume()
  })
}

async function downAndUp(run: PhaseRun): Promise<void> {
  const { cluster } = run
  await run.repeat([500, 1500], async () => {
    await cluster.killPostgres()
    await run.pause(0, 1500)
    await cluster.startPostgres()
  })
}

async function outOfReachForOne(run: PhaseRun): Promise<void> {
  await run.repeat([100, 600], async () => {
    const web = run.anyWeb
    await web.postgres.setFault(anyFault(run.random))
    await run.pause(300, 2000)
    await web.postgres.heal()
  })
}

async function twoFaults(run: PhaseRun): Promise<void> {
  await run.repeat([100, 600], async () => {
    const web = run.anyWeb
    await web.memcached.setFault(anyFault(run.random))
    await web.postgres.setFault(anyFault(run.random))
    await run.pause(50, 1000)
    // One after the other: the processes must bear either alone, and the change from both to one.
    await run.random.oneOf([web.memcached, web.postgres]).heal()
    await run.pause(50, 500)
    await run.healWays()
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
