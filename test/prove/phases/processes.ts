import type { Phase } from '../phase.js'
import type { Stage } from '../stage.js'

/** Web processes end or stand still. */
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

async function killed(stage: Stage): Promise<void> {
  await stage.again([200, 1000], async () => {
    const web = stage.anyWeb
    await web.kill()
    await web.start()
  })
}

async function stopped(stage: Stage): Promise<void> {
  await stage.again([50, 500], async () => {
    const web = stage.anyWeb
    web.pause()
    await stage.pause(150, 1500)
    web.resume()
  })
}
