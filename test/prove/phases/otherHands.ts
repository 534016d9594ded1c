import { Outsider } from '../outsider.js'
import type { Phase } from '../phase.js'
import type { Stage } from '../stage.js'

const ALL_SERVED = 'every request is answered'

/** Postgres is well, but not ours alone, or not near. */
export const otherHandsPhases: readonly Phase[] = [
  {
    name: 'SQL past the app',
    promise: 'a change past the app is shown a lease and 100 ms after its commit',
    mayFail: 'none',
    trouble: async (stage) => {
      const client = await stage.cluster.connect()
      const outsider = new Outsider(client, stage)
      await stage.again([20, 150], () => outsider.act())
      await client.end()
    },
  },
  {
    name: 'a forgotten transaction',
    promise: ALL_SERVED,
    mayFail: 'none',
    trouble: async (stage) => {
      const client = await stage.cluster.connect()
      await client.query('begin isolation level repeatable read')
      await client.query('select from item')
      await stage.again([100, 100], async () => {})
      await client.end()
    },
  },
  {
    name: 'serializable by default',
    promise: ALL_SERVED,
    mayFail: 'none',
    databaseSettings: { default_transaction_isolation: 'serializable' },
    trouble: (stage) => stage.again([100, 100], async () => {}),
  },
  {
    name: 'Postgres far away',
    promise: ALL_SERVED,
    mayFail: 'none',
    trouble: far,
  },
]

/** Up to 250 ms a round trip, from one moment to the next. */
async function far(stage: Stage): Promise<void> {
  await stage.again([300, 1000], async () => {
    const oneWayMs = stage.random.between(35, 125)
    await stage.disturb('postgres', { kind: 'delay', requestMs: oneWayMs, responseMs: oneWayMs })
  })
}
