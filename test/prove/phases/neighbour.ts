import type { Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'
import type { Web } from '../web.js'

/** Another app of the same release has its own database, but the same memcached and the same key. */
export const neighbourPhases: readonly Phase[] = [
  {
    name: 'a neighbour on the same memcached, with the same key',
    promise: 'nobody is ever shown the queue of another app, and every request is answered',
    mayFail: 'none',
    trouble: (run) => run.cluster.withNeighbour((neighbour) => keepBusy(run, neighbour)),
  },
]

/** Its writes and its loads put its own page into the cache. */
async function keepBusy(run: PhaseRun, neighbour: Web): Promise<void> {
  await run.repeat([5, 60], async () => {
    if (run.random.chance(0.5)) await post(`${neighbour.url}/remove`)
    else await post(`${neighbour.url}/add`, { text: 'the neighbour’s' })
    await (await fetch(neighbour.url)).arrayBuffer()
  })
}

async function post(url: string, body: object = {}): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`The neighbour answered with ${response.status}`)
}
