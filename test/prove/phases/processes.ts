import type { Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'

/** Web processes are killed or stopped. */
export const processPhases: readonly Phase[] = [
  {
    name: 'web processes killed (kill -9) in the middle of writes',
    promise: 'only requests to the killed process fail; what they wrote happened whole or not at all',
    mayFail: 'any',
    trouble: killed,
  },
  {
    name: 'web processes stopped (SIGSTOP) for longer than a lease',
    promise: 'a process that was asleep wakes up up to date',
    mayFail: 'any',
    trouble: stopped,
  },
]

async function killed(run: PhaseRun): Promise<void> {
  await run.repeat([200, 1000], async () => {
    const web = run.anyWeb
    await web.kill()
    await web.start()
  })
}

async function stopped(run: PhaseRun): Promise<void> {
  await run.repeat([50, 500], async () => {
    const web = run.anyWeb
    web.pause()
    await run.pause(150, 1500)
    web.resume()
  })
}
