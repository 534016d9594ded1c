import { Outsider } from '../outsider.js'
import { allServed, type Phase } from '../phase.js'
import type { PhaseRun } from '../phaseRun.js'

/** Postgres is well, but not ours alone, or not near. */
export const otherHandsPhases: readonly Phase[] = allServed([
  {
    name: 'SQL past the app',
    promise: 'a change past the app is shown a lease and 100 ms after its commit',
    trouble: async (run) => {
      const client = await run.cluster.connect()
      const outsider = new Outsider(client, run)
      await run.repeat([20, 150], () => outsider.act())
      await client.end()
    },
  },
  {
    name: 'a forgotten transaction',
    trouble: async (run) => {
      const client = await run.cluster.connect()
      await client.query('begin isolation level repeatable read')
      await client.query('select from item')
      await run.repeat([100, 100], async () => {})
      await client.end()
    },
  },
  {
    name: 'serializable by default',
    databaseSettings: { default_transaction_isolation: 'serializable' },
    trouble: (run) => run.repeat([100, 100], async () => {}),
  },
  {
    name: 'Postgres far away',
    trouble: far,
  },
])

/** Up to 250 ms a round trip, from one moment to the next. */
async function far(run: PhaseRun): Promise<void> {
  await run.repeat([300, 1000], async () => {
    const oneWayMs = run.random.between(35, 125)
    await run.disturb('postgres', { kind: 'delay', requestMs: oneWayMs, responseMs: oneWayMs })
  })
}
